/** One comparison with a golden file. */
export interface Check {
  check: string;
  /** the worst error of all that was compared */
  error: number;
  tolerance: number;
}

/** Tolerances of REFERENCE.md: about five times what PyTorch's own float32 keeps. */
export const TOLERANCES = {
  /** outputs, losses and samples, in parts of the largest value */
  output: 2e-5,
  /** in parts of each tensor's largest value */
  gradient: 6e-5,
  /** in parts of each tensor's largest value */
  statistics: 1e-4,
  /** after three steps, absolute */
  parameter: 5e-5,
  /** after three steps, ‖error‖ in parts of ‖trained − start‖, for each tensor */
  movement: 1e-3,
  schedule: 1e-12,
} as const;
