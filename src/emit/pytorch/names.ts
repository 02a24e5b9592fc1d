/** Names and texts of a program in Python: letters of ASCII, and nothing that Python or a module of PyTorch means by itself. */
import { CNames } from '../c/names.ts'

const RESERVED = `
  False None True and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield match case type
  self ctx torch math print len range list dict tuple int float bool str object super min max sum abs pow round sorted zip map
  T_destination dump_patches call_super_init training add_module apply bfloat16 buffers children cpu cuda double eval extra_repr forward get_buffer
  get_extra_state get_parameter get_submodule half ipu load_state_dict modules named_buffers named_children named_modules
  named_parameters parameters register_backward_hook register_buffer register_forward_hook register_module register_parameter
  requires_grad_ set_extra_state share_memory state_dict to to_empty train xpu zero_grad reset_parameters
  predict loss_and_gradients Loss arguments upstream dtype device _number _bracket _stretch _first`
  .trim()
  .split(/\s+/)

export class PythonNames {
  readonly #names = new CNames()

  constructor() {
    for (const word of RESERVED) this.#names.fresh(word)
  }

  /** A free name as near to the wish as can be. */
  fresh(wish: string): string {
    return this.#names.fresh(wish)
  }
}

/** A text in a comment of one line. */
export const inComment = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').trimEnd()

/** A double as Python reads it. */
export const real = (value: number): string =>
  Number.isNaN(value)
    ? 'math.nan'
    : Math.abs(value) === Infinity
      ? `${value < 0 ? '-' : ''}math.inf`
      : String(value)
