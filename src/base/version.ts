/** The name and version that outputs carry. A test holds them equal to package.json, which the core cannot read. */
export const PROJECT = 'chainrule'
export const VERSION = '0.1.0'
