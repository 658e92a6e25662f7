import { defaultLimits, type Limits } from '../room/limits.ts'

/** The limits of a room with a canvas. */
export interface CanvasLimits extends Limits {
  /** How many shapes there may be; default 5,000. */
  readonly shapes: number
  /** How many bytes of JSON a shape may have; default 64 KiB. */
  readonly shapeBytes: number
  /** How many bytes of JSON all shapes may have together; default 16 MiB. */
  readonly canvasBytes: number
}

export const defaultCanvasLimits: CanvasLimits = {
  ...defaultLimits,
  shapes: 5000,
  shapeBytes: 64 * 1024,
  canvasBytes: 16 * 1024 * 1024,
}
