/** Of some programs what their hosts ask for: the functions of a module are `forward`, `loss`, `backward` and `step` unless it is said, and `step` goes straight down. */
export default {
  target: 'js',
  overrides: [
    { files: 'cluster.net', functions: ['loss', 'backward', 'hvp'] },
    { files: 'maml.net', optimizer: 'adam' },
  ],
}
