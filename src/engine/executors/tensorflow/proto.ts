/**
 * The protobuf messages of a SavedModel, as far as an executor writes them. Source: tensorflow/core/framework/*.proto and
 * tensorflow/core/protobuf/{meta_graph,saved_model}.proto, which TensorFlow keeps compatible for good; field numbers are theirs.
 */
import protobuf from 'protobufjs/light.js';

/** Numbers of DataType in types.proto. */
export const DATA_TYPES = { float32: 1, int32: 3, bfloat16: 14, uint16: 17, resource: 20, uint32: 22 } as const;
export type DataType = keyof typeof DATA_TYPES;

export interface TensorShape {
  dim: { size: number }[];
}
interface TensorProto {
  dtype: number;
  tensorShape: TensorShape;
  floatVal?: number[];
  intVal?: number[];
  uint32Val?: number[];
}
export type AttrValue =
  | { s: Uint8Array }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { shape: TensorShape }
  | { tensor: TensorProto }
  | { list: { i?: number[]; type?: number[] } }
  | { func: { name: string } };
export interface NodeDef {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, AttrValue>;
}
interface ArgDef {
  name: string;
  type: number;
}
export interface FunctionDef {
  signature: { name: string; inputArg: ArgDef[]; outputArg: ArgDef[] };
  attr: Record<string, AttrValue>;
  nodeDef: NodeDef[];
  /** output argument → node:output:index */
  ret: Record<string, string>;
}
interface TensorInfo {
  name: string;
  dtype: number;
  tensorShape: TensorShape;
}
export interface SignatureDef {
  inputs: Record<string, TensorInfo>;
  outputs: Record<string, TensorInfo>;
  methodName: string;
}
export interface SavedModel {
  savedModelSchemaVersion: number;
  metaGraphs: {
    metaInfoDef: { tags: string[] };
    graphDef: { node: NodeDef[]; library: { function: FunctionDef[] }; versions: { producer: number; minConsumer: number } };
    signatureDef: Record<string, SignatureDef>;
  }[];
}

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });
const map = (id: number, type: string) => ({ id, type, keyType: 'string' });

const schema = {
  nested: {
    Dim: { fields: { size: field(1, 'int64') } },
    TensorShape: { fields: { dim: repeated(2, 'Dim') } },
    TensorProto: {
      fields: {
        dtype: field(1, 'int32'),
        tensorShape: field(2, 'TensorShape'),
        floatVal: { ...repeated(5, 'float'), options: { packed: true } },
        intVal: { ...repeated(7, 'int32'), options: { packed: true } },
        uint32Val: { ...repeated(16, 'uint32'), options: { packed: true } },
      },
    },
    ListValue: {
      fields: {
        i: { ...repeated(3, 'int64'), options: { packed: true } },
        type: { ...repeated(6, 'int32'), options: { packed: true } },
      },
    },
    NameAttrList: { fields: { name: field(1, 'string') } },
    AttrValue: {
      // without this, a false or 0 would not be written
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'func'] } },
      fields: {
        list: field(1, 'ListValue'),
        s: field(2, 'bytes'),
        i: field(3, 'int64'),
        f: field(4, 'float'),
        b: field(5, 'bool'),
        type: field(6, 'int32'),
        shape: field(7, 'TensorShape'),
        tensor: field(8, 'TensorProto'),
        func: field(10, 'NameAttrList'),
      },
    },
    NodeDef: {
      fields: {
        name: field(1, 'string'),
        op: field(2, 'string'),
        input: repeated(3, 'string'),
        attr: map(5, 'AttrValue'),
      },
    },
    ArgDef: { fields: { name: field(1, 'string'), type: field(3, 'int32') } },
    OpDef: { fields: { name: field(1, 'string'), inputArg: repeated(2, 'ArgDef'), outputArg: repeated(3, 'ArgDef') } },
    FunctionDef: {
      fields: {
        signature: field(1, 'OpDef'),
        nodeDef: repeated(3, 'NodeDef'),
        ret: map(4, 'string'),
        attr: map(5, 'AttrValue'),
      },
    },
    FunctionDefLibrary: { fields: { function: repeated(1, 'FunctionDef') } },
    VersionDef: { fields: { producer: field(1, 'int32'), minConsumer: field(2, 'int32') } },
    GraphDef: {
      fields: { node: repeated(1, 'NodeDef'), library: field(2, 'FunctionDefLibrary'), versions: field(4, 'VersionDef') },
    },
    TensorInfo: { fields: { name: field(1, 'string'), dtype: field(2, 'int32'), tensorShape: field(3, 'TensorShape') } },
    SignatureDef: {
      fields: { inputs: map(1, 'TensorInfo'), outputs: map(2, 'TensorInfo'), methodName: field(3, 'string') },
    },
    MetaInfoDef: { fields: { tags: repeated(4, 'string') } },
    MetaGraphDef: {
      fields: {
        metaInfoDef: field(1, 'MetaInfoDef'),
        graphDef: field(2, 'GraphDef'),
        signatureDef: map(5, 'SignatureDef'),
      },
    },
    SavedModel: { fields: { savedModelSchemaVersion: field(1, 'int64'), metaGraphs: repeated(2, 'MetaGraphDef') } },
  },
};
const savedModelType = protobuf.Root.fromJSON(schema).lookupType('SavedModel');

/** The bytes of saved_model.pb. */
export const encodeSavedModel = (model: SavedModel): Uint8Array => savedModelType.encode(model).finish();

/** The message in such bytes. */
export const decodeSavedModel = (bytes: Uint8Array): SavedModel =>
  savedModelType.toObject(savedModelType.decode(bytes), { longs: Number, defaults: true }) as SavedModel;
