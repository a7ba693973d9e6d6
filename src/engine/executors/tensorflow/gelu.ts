/**
 * GELU and its gradient, once as arithmetic: written into a function that XLA compiles to a single loop over all threads,
 * or, where the library has no XLA compiler, straight into the graph.
 */
import { attr, scalarConst, type Attrs, type GraphWriter } from './graph-writer.ts';
import { DATA_TYPES, type FunctionDef, type NodeDef } from './proto.ts';

export type FloatType = 'float32' | 'bfloat16';

/** Where arithmetic is written to: a graph or a function's body. Edges are named differently in the two. */
interface Arithmetic {
  op(op: string, inputs: readonly string[], attrs: Attrs): string;
  /** float32 → bfloat16 */
  round(edge: string): string;
}

const T = { T: attr.type('float32') };
const constant = (a: Arithmetic, value: number): string => a.op('Const', [], scalarConst(value, 'float32'));
const widen = (a: Arithmetic, x: string, type: FloatType): string =>
  type === 'float32' ? x : a.op('Cast', [x], { SrcT: attr.type('bfloat16'), DstT: attr.type('float32') });
const narrow = (a: Arithmetic, x: string, type: FloatType): string => (type === 'float32' ? x : a.round(x));

/** Φ(z) = ½ (1 + erf(z / √2)) */
function normalCumulative(a: Arithmetic, z: string): string {
  const erf = a.op('Erf', [a.op('Mul', [z, constant(a, Math.SQRT1_2)], T)], T);
  return a.op('Mul', [constant(a, 0.5), a.op('AddV2', [constant(a, 1), erf], T)], T);
}

/** x Φ(x); in float32 inside, whatever `type` x and the result have. */
function gelu(a: Arithmetic, [x]: readonly string[], type: FloatType): string {
  const z = widen(a, x!, type);
  return narrow(a, a.op('Mul', [z, normalCumulative(a, z)], T), type);
}

/** GELU of a sum, in one pass: x and s of one type. */
function geluSum(a: Arithmetic, [x, s]: readonly string[], type: FloatType): string {
  const z = a.op('AddV2', [widen(a, x!, type), widen(a, s!, type)], T);
  return narrow(a, a.op('Mul', [z, normalCumulative(a, z)], T), type);
}

/** dy (Φ(x) + x φ(x)), φ(x) = exp(−x²/2) / √2π */
function geluGrad(a: Arithmetic, [x, dy]: readonly string[], type: FloatType): string {
  const z = widen(a, x!, type);
  const power = a.op('Mul', [constant(a, -0.5), a.op('Mul', [z, z], T)], T);
  const density = a.op('Mul', [constant(a, 1 / Math.sqrt(2 * Math.PI)), a.op('Exp', [power], T)], T);
  const slope = a.op('AddV2', [normalCumulative(a, z), a.op('Mul', [z, density], T)], T);
  return narrow(a, a.op('Mul', [widen(a, dy!, type), slope], T), type);
}

const arithmetic = { gelu, geluSum, geluGrad } as const;
const argumentsOf = { gelu: ['x'], geluSum: ['x', 's'], geluGrad: ['x', 'dy'] } as const;
export type Activation = keyof typeof arithmetic;

/** Writes an activation as single ops. */
export function writeActivation(writer: GraphWriter, name: Activation, inputs: readonly string[], type: FloatType): string {
  const op = (kind: string, edges: readonly string[], attrs: Attrs): string => writer.add(kind, edges, attrs);
  const round = (x: string) => op('Cast', [x], { SrcT: attr.type('float32'), DstT: attr.type('bfloat16') });
  return arithmetic[name]({ op, round }, inputs, type);
}

/** Names of the ops' first outputs, which edges inside a function spell out. */
const OUTPUT: Readonly<Record<string, string>> = {
  Const: 'output',
  Cast: 'y',
  Erf: 'y',
  Exp: 'y',
  Mul: 'z',
  AddV2: 'z',
  BitwiseAnd: 'z',
  RightShift: 'z',
  Bitcast: 'output',
};

/** An activation as a function that XLA must compile. */
export function activationFunction(name: Activation, type: FloatType): FunctionDef {
  const nodes: NodeDef[] = [];
  const op = (kind: string, inputs: readonly string[], attrs: Attrs): string => {
    const node = `${kind}_${nodes.length}`;
    nodes.push({ name: node, op: kind, input: [...inputs], attr: attrs });
    return `${node}:${OUTPUT[kind]}:0`;
  };
  /** To the nearest, ties to even, on the bits: XLA's CPU code for the plain cast is several times slower. */
  const round = (x: string): string => {
    const U = { T: attr.type('uint32') };
    const integer = (value: number) => op('Const', [], scalarConst(value, 'uint32'));
    const bits = op('Bitcast', [x], { T: attr.type('float32'), type: attr.type('uint32') });
    const half = op('RightShift', [bits, integer(16)], U);
    const bias = op('AddV2', [integer(0x7fff), op('BitwiseAnd', [half, integer(1)], U)], U);
    const rounded = op('RightShift', [op('AddV2', [bits, bias], U), integer(16)], U);
    const short = op('Cast', [rounded], { SrcT: attr.type('uint32'), DstT: attr.type('uint16') });
    return op('Bitcast', [short], { T: attr.type('uint16'), type: attr.type('bfloat16') });
  };
  const inputs = argumentsOf[name];
  const y = arithmetic[name]({ op, round }, inputs, type);
  return {
    signature: {
      name: functionName(name, type),
      inputArg: inputs.map((argument) => ({ name: argument, type: DATA_TYPES[type] })),
      outputArg: [{ name: 'y', type: DATA_TYPES[type] }],
    },
    attr: { _XlaMustCompile: attr.flag(true) },
    nodeDef: nodes,
    ret: { y },
  };
}
export const functionName = (name: Activation, type: FloatType): string => `${name}_${type}`;
