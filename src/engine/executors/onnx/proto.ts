/** The few messages of ONNX's protobuf format that a training step needs. Source: onnx/onnx.proto, IR version 9. */
import protobuf from 'protobufjs/light.js';

/** `onnx.TensorProto.DataType` */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;

/** A constant in the model; `raw` is little-endian. */
export interface TensorProto {
  name: string;
  dims: readonly number[];
  dataType: typeof FLOAT | typeof INT32 | typeof INT64;
  raw: Uint8Array;
}
/** One of `f`, `i`, `ints`; `type` says which. */
export interface AttributeProto {
  name: string;
  type: 1 | 2 | 7;
  f?: number;
  i?: number;
  ints?: readonly number[];
}
export interface NodeProto {
  name: string;
  opType: string;
  domain: string;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly AttributeProto[];
}
/** A float tensor that enters or leaves the graph. */
export interface ValueProto {
  name: string;
  dims: readonly number[];
}
export interface ModelProto {
  /** version of each operator set by domain; '' is ONNX's own */
  operatorSets: Readonly<Record<string, number>>;
  nodes: readonly NodeProto[];
  initializers: readonly TensorProto[];
  inputs: readonly ValueProto[];
  outputs: readonly ValueProto[];
}

const IR_VERSION = 9;

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ rule: 'repeated', type, id });

/** Field names and numbers as in onnx.proto. */
const messages = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: { irVersion: one('int64', 1), producer: one('string', 2), graph: one('Graph', 7), opset: many('Opset', 8) },
    },
    Opset: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('Value', 11),
        output: many('Value', 12),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        ints: many('int64', 8),
        type: one('int32', 20),
      },
    },
    Tensor: { fields: { dims: many('int64', 1), dataType: one('int32', 2), name: one('string', 8), raw: one('bytes', 9) } },
    Value: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Type: { fields: { tensor: one('TensorType', 1) } },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('TensorShape', 2) } },
    TensorShape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { value: one('int64', 1) } },
  },
});
const modelType = messages.lookupType('Model');

const valueInfo = ({ name, dims }: ValueProto) => ({
  name,
  type: { tensor: { elemType: FLOAT, shape: { dim: dims.map((value) => ({ value })) } } },
});

/** The model's bytes, as InferenceSession.create takes them. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType
    .encode({
      irVersion: IR_VERSION,
      producer: 'from-noise',
      opset: Object.entries(model.operatorSets).map(([domain, version]) => ({ domain, version })),
      graph: {
        name: 'program',
        node: model.nodes,
        initializer: model.initializers,
        input: model.inputs.map(valueInfo),
        output: model.outputs.map(valueInfo),
      },
    })
    .finish();
}
