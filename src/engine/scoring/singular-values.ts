/** Square matrices, d × d, row after row, in double precision. */
export interface Matrix {
  size: number;
  data: Float64Array;
}

/** Columns count as orthogonal when their cosine is below this for each row: the rounding of their product. */
const ORTHOGONAL = Number.EPSILON;
/** Convergence is quadratic: 6 to 10 sweeps are usual, so this many mean that the input is not finite. */
const MOST_SWEEPS = 60;

/**
 * A = U diag(σ) Vᵀ by one-sided Jacobi rotations (Hestenes 1958; Golub & Van Loan, section 8.6.3): columns are turned in pairs
 * until all are orthogonal; their lengths are the singular values, each as exact as rounding allows beside the largest.
 * Gives σ, unsorted, and V, whose column i belongs to σ_i. Throws a RangeError when A holds a number that is not finite.
 */
export function singularValues({ size: d, data }: Matrix): { values: Float64Array; right: Matrix } {
  if (!data.every(Number.isFinite)) throw new RangeError('a matrix with a number that is not finite has no singular values');
  const a = data.slice();
  const v = Float64Array.from({ length: d * d }, (_, at) => (Math.floor(at / d) === at % d ? 1 : 0));
  const rotate = (m: Float64Array, p: number, q: number, c: number, s: number): void => {
    for (let row = 0; row < d * d; row += d) {
      const [x, y] = [m[row + p]!, m[row + q]!];
      m[row + p] = c * x - s * y;
      m[row + q] = s * x + c * y;
    }
  };
  for (let sweep = 0, turned = true; turned; sweep++) {
    if (sweep === MOST_SWEEPS) throw new RangeError('the rotations do not converge');
    turned = false;
    for (let p = 0; p < d - 1; p++)
      for (let q = p + 1; q < d; q++) {
        let [pp, qq, pq] = [0, 0, 0];
        for (let row = 0; row < d * d; row += d) {
          const [x, y] = [a[row + p]!, a[row + q]!];
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (Math.abs(pq) <= d * ORTHOGONAL * Math.sqrt(pp * qq)) continue;
        turned = true;
        // the smaller angle that makes the two orthogonal
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        rotate(a, p, q, c, c * t);
        rotate(v, p, q, c, c * t);
      }
  }
  const values = new Float64Array(d);
  for (let column = 0; column < d; column++) {
    let squares = 0;
    for (let row = 0; row < d * d; row += d) squares += a[row + column]! ** 2;
    values[column] = Math.sqrt(squares);
  }
  return { values, right: { size: d, data: v } };
}

/** A B */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const d = a.size;
  const data = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) {
      const x = a.data[i * d + k]!;
      for (let j = 0; j < d; j++) data[i * d + j]! += x * b.data[k * d + j]!;
    }
  return { size: d, data };
}

/**
 * The square root of a symmetric matrix without negative eigenvalues: V diag(√λ) Vᵀ. Eigenvalues and singular values are the
 * same there, and what rounding makes negative comes out positive and as small.
 */
export function squareRoot(matrix: Matrix): Matrix {
  const { values, right } = singularValues(matrix);
  const d = matrix.size;
  const scaled = right.data.map((v, at) => v * Math.sqrt(values[at % d]!));
  const data = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += scaled[i * d + k]! * right.data[j * d + k]!;
      data[i * d + j] = sum;
      data[j * d + i] = sum;
    }
  return { size: d, data };
}
