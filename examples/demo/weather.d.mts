export interface Sample {
  readonly held: boolean
  readonly window: readonly (readonly number[])[]
  readonly y: number
  readonly usual: number
}
export interface WeatherData {
  readonly train: readonly Sample[]
  readonly test: readonly Sample[]
  readonly scale: number
}
export interface Batch {
  readonly x: Float64Array[]
  readonly y: Float64Array
}
export interface Trainable<P> {
  init(seed?: number): P
  forward(params: P, data: Batch): { readonly ŷ: Float64Array }
  loss(params: P, data: Batch): number
  step(params: P, data: Batch, rate: number): number
}
export const RATES: Readonly<Record<'residual' | 'rnn' | 'lstm', number>>
export const DAYS: number
export const EPOCHS: number
export function weatherData(days: number): WeatherData
export function batchOf(samples: readonly Sample[]): Batch
export function baselines(data: WeatherData): { readonly today: number; readonly season: number }
export function trainOnWeather<P>(
  module: Trainable<P>,
  data: WeatherData,
  options: {
    readonly epochs: number
    readonly rate: number
    readonly seed?: number
    readonly told?: (epoch: number, loss: number) => void
  },
): { readonly before: number; readonly after: number; readonly error: number }
