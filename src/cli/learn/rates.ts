/** The rate of each step, from the first one on. */
export const SCHEDULES = ['constant', 'cosine', 'step'] as const
export type Schedule = (typeof SCHEDULES)[number]

/**
 * @param step from 0 on, of `total`
 * @returns `cosine` falls to 0 along half a wave (Loshchilov, Hutter 2017, without restarts); `step` is a tenth after half of all steps and a
 * hundredth after three quarters (He et al. 2016)
 */
export function rateAt(schedule: Schedule, rate: number, step: number, total: number): number {
  const done = step / total
  switch (schedule) {
    case 'constant':
      return rate
    case 'cosine':
      return (rate / 2) * (1 + Math.cos(Math.PI * done))
    case 'step':
      return done < 0.5 ? rate : done < 0.75 ? rate / 10 : rate / 100
  }
}
