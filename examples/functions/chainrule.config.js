/** Of each program what its host asks for: the functions of a module are `forward`, `loss`, `backward` and `step` unless it is said. */
export default {
  target: 'js',
  overrides: [{ files: 'cluster.net', functions: ['loss', 'backward', 'hvp'] }],
}
