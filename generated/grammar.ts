// Generated automatically by nearley, version 2.20.1
// http://github.com/Hardmath123/nearley
// Bypasses TS6133. Allow declared but unused functions.
// @ts-ignore
function id(d: any[]): any { return d[0]; }
declare var network: any;
declare var end: any;
declare var imports: any;
declare var string: any;
declare var dim: any;
declare var batch: any;
declare var hyper: any;
declare var fixed: any;
declare var fn: any;
declare var layer: any;
declare var applies: any;
declare var returns: any;
declare var output: any;
declare var loss: any;
declare var each: any;
declare var claim: any;
declare var input: any;
declare var target: any;
declare var param: any;
declare var assumed: any;
declare var name: any;
declare var dot: any;
declare var not: any;
declare var compare: any;
declare var mul: any;
declare var square: any;
declare var number: any;
declare var prime: any;
declare var T: any;

import * as build from '../src/syntax/build.ts'

// Tokens come from src/syntax, already made: the grammar only needs to know that every %name is one of them.
const lexer = { has: () => true } as unknown as NearleyLexer

interface NearleyToken {
  value: any;
  [key: string]: any;
};

interface NearleyLexer {
  reset: (chunk: string, info: any) => void;
  next: () => NearleyToken | undefined;
  save: () => any;
  formatError: (token: never) => string;
  has: (tokenType: string) => boolean;
};

interface NearleyRule {
  name: string;
  symbols: NearleySymbol[];
  postprocess?: (d: any[], loc?: number, reject?: {}) => any;
};

type NearleySymbol = string | { literal: any } | { test: (token: any) => boolean };

interface Grammar {
  Lexer: NearleyLexer | undefined;
  ParserRules: NearleyRule[];
  ParserStart: string;
};

const grammar: Grammar = {
  Lexer: lexer,
  ParserRules: [
    {"name": "statement", "symbols": [(lexer.has("network") ? {type: "network"} : network), "name", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.network},
    {"name": "statement", "symbols": [(lexer.has("imports") ? {type: "imports"} : imports), {"literal":"{"}, "names", {"literal":"}"}, {"literal":"from"}, (lexer.has("string") ? {type: "string"} : string), (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.imports},
    {"name": "statement", "symbols": [(lexer.has("imports") ? {type: "imports"} : imports), {"literal":"{"}, "names", {"literal":","}, {"literal":"}"}, {"literal":"from"}, (lexer.has("string") ? {type: "string"} : string), (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.imports},
    {"name": "statement", "symbols": [(lexer.has("dim") ? {type: "dim"} : dim), "dims", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.dims},
    {"name": "statement", "symbols": [(lexer.has("batch") ? {type: "batch"} : batch), "name", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.batch},
    {"name": "statement", "symbols": ["data", "datas", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.data},
    {"name": "statement", "symbols": [(lexer.has("hyper") ? {type: "hyper"} : hyper), "hypers", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.hypers},
    {"name": "statement", "symbols": [(lexer.has("fixed") ? {type: "fixed"} : fixed), "consts", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.consts},
    {"name": "statement", "symbols": [(lexer.has("fn") ? {type: "fn"} : fn), "name", {"literal":"("}, "parameters", {"literal":")"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.fn},
    {"name": "statement", "symbols": [(lexer.has("fn") ? {type: "fn"} : fn), "name", {"literal":"("}, "parameters", {"literal":")"}, {"literal":"="}, "expression", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.fn},
    {"name": "statement", "symbols": [(lexer.has("fn") ? {type: "fn"} : fn), "name", {"literal":"("}, "parameters", {"literal":")"}, {"literal":"{"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.fnHead},
    {"name": "statement", "symbols": [(lexer.has("layer") ? {type: "layer"} : layer), "name", {"literal":"("}, {"literal":")"}, {"literal":"{"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.layerHead},
    {"name": "statement", "symbols": [(lexer.has("layer") ? {type: "layer"} : layer), "name", {"literal":"("}, "formals", {"literal":")"}, {"literal":"{"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.layerHead},
    {"name": "statement", "symbols": [(lexer.has("layer") ? {type: "layer"} : layer), "instances", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.instances},
    {"name": "statement", "symbols": [(lexer.has("applies") ? {type: "applies"} : applies), {"literal":"("}, "parameters", {"literal":")"}, {"literal":"="}, "expression", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.applied},
    {"name": "statement", "symbols": [(lexer.has("applies") ? {type: "applies"} : applies), {"literal":"("}, "parameters", {"literal":")"}, {"literal":"{"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.appliedHead},
    {"name": "statement", "symbols": [(lexer.has("returns") ? {type: "returns"} : returns), "expressions", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.returned},
    {"name": "statement", "symbols": [(lexer.has("output") ? {type: "output"} : output), "outputs", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.outputs},
    {"name": "statement", "symbols": [(lexer.has("loss") ? {type: "loss"} : loss), "name", {"literal":"="}, "expression", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.loss},
    {"name": "statement", "symbols": [(lexer.has("loss") ? {type: "loss"} : loss), "name", {"literal":"="}, "expression", {"literal":"for"}, "paths", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.lossOfSome},
    {"name": "statement", "symbols": ["claim", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.first},
    {"name": "statement", "symbols": ["claim", {"literal":"for"}, "indices", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.ranged},
    {"name": "statement", "symbols": [(lexer.has("each") ? {type: "each"} : each), "indices", {"literal":"{"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.head},
    {"name": "statement", "symbols": [{"literal":"}"}, (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.close},
    {"name": "statement", "symbols": ["equation", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.first},
    {"name": "statement", "symbols": ["equation", {"literal":"for"}, "indices", (lexer.has("end") ? {type: "end"} : end)], "postprocess": build.ranged},
    {"name": "claim", "symbols": [(lexer.has("claim") ? {type: "claim"} : claim), "expression", {"literal":"="}, "expression"], "postprocess": build.claim},
    {"name": "equation", "symbols": ["lefts", {"literal":"="}, "expression"], "postprocess": build.equation},
    {"name": "lefts", "symbols": ["left"], "postprocess": build.single},
    {"name": "lefts", "symbols": ["lefts", {"literal":","}, "left"], "postprocess": build.more},
    {"name": "left", "symbols": ["name"], "postprocess": build.left},
    {"name": "left", "symbols": ["name", {"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.left},
    {"name": "left", "symbols": ["name", {"literal":"["}, {"literal":"..."}, {"literal":","}, "expressions", {"literal":"]"}], "postprocess": build.leftOfLast},
    {"name": "data", "symbols": [(lexer.has("input") ? {type: "input"} : input)], "postprocess": build.first},
    {"name": "data", "symbols": [(lexer.has("target") ? {type: "target"} : target)], "postprocess": build.first},
    {"name": "data", "symbols": [(lexer.has("param") ? {type: "param"} : param)], "postprocess": build.first},
    {"name": "dims", "symbols": ["dimlist"], "postprocess": build.first},
    {"name": "dims", "symbols": ["family"], "postprocess": build.single},
    {"name": "dims", "symbols": ["dimlist", {"literal":","}, "family"], "postprocess": build.more},
    {"name": "dimlist", "symbols": ["dim"], "postprocess": build.single},
    {"name": "dimlist", "symbols": ["dimlist", {"literal":","}, "dim"], "postprocess": build.more},
    {"name": "dim", "symbols": ["name"], "postprocess": build.dim},
    {"name": "dim", "symbols": ["name", {"literal":"="}, "sum"], "postprocess": build.dim},
    {"name": "dim", "symbols": ["name", {"literal":"["}, "range", {"literal":"]"}], "postprocess": build.dimFamily},
    {"name": "family", "symbols": ["name", {"literal":"["}, "range", {"literal":"]"}, {"literal":"="}, "values"], "postprocess": build.dimFamily},
    {"name": "values", "symbols": ["sum"], "postprocess": build.single},
    {"name": "values", "symbols": ["values", {"literal":","}, "sum"], "postprocess": build.more},
    {"name": "datas", "symbols": ["datum"], "postprocess": build.single},
    {"name": "datas", "symbols": ["datas", {"literal":","}, "datum"], "postprocess": build.more},
    {"name": "datum", "symbols": ["plain"], "postprocess": build.first},
    {"name": "datum", "symbols": ["started"], "postprocess": build.first},
    {"name": "datum", "symbols": ["plain", {"literal":"for"}, "indices"], "postprocess": build.datumFor},
    {"name": "datum", "symbols": ["started", {"literal":"for"}, "indices"], "postprocess": build.datumFor},
    {"name": "started", "symbols": ["plain", {"literal":"="}, "expression"], "postprocess": build.datumValue},
    {"name": "started", "symbols": ["started", {"literal":":"}, "assumption"], "postprocess": build.datumAssumption},
    {"name": "plain", "symbols": ["bare"], "postprocess": build.first},
    {"name": "plain", "symbols": ["plain", {"literal":":"}, "assumption"], "postprocess": build.datumAssumption},
    {"name": "bare", "symbols": ["assumption"], "postprocess": build.datum},
    {"name": "bare", "symbols": ["bare", {"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.datumBracket},
    {"name": "assumption", "symbols": ["name"], "postprocess": build.first},
    {"name": "assumption", "symbols": [(lexer.has("assumed") ? {type: "assumed"} : assumed), {"literal":"("}, "expression", {"literal":")"}], "postprocess": build.assumption},
    {"name": "indices", "symbols": ["index"], "postprocess": build.single},
    {"name": "indices", "symbols": ["indices", {"literal":","}, "index"], "postprocess": build.moreIndices},
    {"name": "index", "symbols": ["name", {"literal":"in"}, "range"], "postprocess": build.index},
    {"name": "range", "symbols": ["sum", {"literal":".."}, "sum"], "postprocess": build.range},
    {"name": "hypers", "symbols": ["hyper"], "postprocess": build.single},
    {"name": "hypers", "symbols": ["hypers", {"literal":","}, "hyper"], "postprocess": build.more},
    {"name": "hyper", "symbols": ["shaped"], "postprocess": build.first},
    {"name": "hyper", "symbols": ["shaped", {"literal":"="}, "expression"], "postprocess": build.preset},
    {"name": "consts", "symbols": ["fixed"], "postprocess": build.single},
    {"name": "consts", "symbols": ["consts", {"literal":","}, "fixed"], "postprocess": build.more},
    {"name": "fixed", "symbols": ["name", {"literal":"="}, "expression"], "postprocess": build.constant},
    {"name": "fixed", "symbols": ["name", {"literal":"["}, "expressions", {"literal":"]"}, {"literal":"="}, "expression"], "postprocess": build.constant},
    {"name": "outputs", "symbols": ["output"], "postprocess": build.single},
    {"name": "outputs", "symbols": ["outputs", {"literal":","}, "output"], "postprocess": build.more},
    {"name": "output", "symbols": [(lexer.has("name") ? {type: "name"} : name)], "postprocess": build.reference},
    {"name": "output", "symbols": ["output", {"literal":"["}, "subscripts", {"literal":"]"}], "postprocess": build.indexed},
    {"name": "parameters", "symbols": ["parameter"], "postprocess": build.single},
    {"name": "parameters", "symbols": ["parameters", {"literal":","}, "parameter"], "postprocess": build.more},
    {"name": "parameter", "symbols": ["formal"], "postprocess": build.first},
    {"name": "parameter", "symbols": ["formal", {"literal":"="}, "expression"], "postprocess": build.preset},
    {"name": "parameter", "symbols": ["name", {"literal":"["}, "name", {"literal":"]"}, {"literal":"for"}, "index"], "postprocess": build.several},
    {"name": "parameter", "symbols": ["name", {"literal":"["}, "name", {"literal":"]"}, "extents", {"literal":"for"}, "index"], "postprocess": build.several},
    {"name": "formal", "symbols": ["name"], "postprocess": build.shaped},
    {"name": "formal", "symbols": ["name", "extents"], "postprocess": build.opened},
    {"name": "extents", "symbols": [{"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.extents},
    {"name": "extents", "symbols": [{"literal":"["}, {"literal":"..."}, {"literal":","}, "expressions", {"literal":"]"}], "postprocess": build.extentsBehind},
    {"name": "extents", "symbols": [{"literal":"["}, "expressions", {"literal":","}, {"literal":"..."}, {"literal":"]"}], "postprocess": build.extentsBefore},
    {"name": "extents", "symbols": [{"literal":"["}, {"literal":"..."}, {"literal":"]"}], "postprocess": build.extentsAny},
    {"name": "formals", "symbols": ["setting"], "postprocess": build.single},
    {"name": "formals", "symbols": ["formals", {"literal":","}, "setting"], "postprocess": build.more},
    {"name": "setting", "symbols": ["bareSetting"], "postprocess": build.first},
    {"name": "setting", "symbols": ["bareSetting", {"literal":"="}, "expression"], "postprocess": build.preset},
    {"name": "bareSetting", "symbols": ["name"], "postprocess": build.shaped},
    {"name": "instances", "symbols": ["instance"], "postprocess": build.single},
    {"name": "instances", "symbols": ["instances", {"literal":","}, "instance"], "postprocess": build.more},
    {"name": "instance", "symbols": ["made"], "postprocess": build.first},
    {"name": "instance", "symbols": ["made", {"literal":"for"}, "indices"], "postprocess": build.instanceFor},
    {"name": "made", "symbols": ["name", {"literal":"="}, "making"], "postprocess": build.instance},
    {"name": "made", "symbols": ["name", {"literal":"["}, "names", {"literal":"]"}, {"literal":"="}, "making"], "postprocess": build.instance},
    {"name": "making", "symbols": ["name", {"literal":"("}, {"literal":")"}], "postprocess": build.call},
    {"name": "making", "symbols": ["name", {"literal":"("}, "arguments", {"literal":")"}], "postprocess": build.call},
    {"name": "shaped", "symbols": ["name"], "postprocess": build.shaped},
    {"name": "shaped", "symbols": ["name", {"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.shaped},
    {"name": "name", "symbols": [(lexer.has("name") ? {type: "name"} : name)], "postprocess": build.name},
    {"name": "names", "symbols": ["name"], "postprocess": build.single},
    {"name": "names", "symbols": ["names", {"literal":","}, "name"], "postprocess": build.more},
    {"name": "paths", "symbols": ["path"], "postprocess": build.single},
    {"name": "paths", "symbols": ["paths", {"literal":","}, "path"], "postprocess": build.more},
    {"name": "path", "symbols": ["name"], "postprocess": build.first},
    {"name": "path", "symbols": ["path", (lexer.has("dot") ? {type: "dot"} : dot), "name"], "postprocess": build.path},
    {"name": "expression", "symbols": ["conjunction"], "postprocess": build.first},
    {"name": "expression", "symbols": ["expression", {"literal":"or"}, "conjunction"], "postprocess": build.logical},
    {"name": "conjunction", "symbols": ["negation"], "postprocess": build.first},
    {"name": "conjunction", "symbols": ["conjunction", {"literal":"and"}, "negation"], "postprocess": build.logical},
    {"name": "negation", "symbols": ["comparison"], "postprocess": build.first},
    {"name": "negation", "symbols": ["nots", "comparison"], "postprocess": build.not},
    {"name": "nots", "symbols": [(lexer.has("not") ? {type: "not"} : not)], "postprocess": build.single},
    {"name": "nots", "symbols": ["nots", (lexer.has("not") ? {type: "not"} : not)], "postprocess": build.sign},
    {"name": "comparison", "symbols": ["sum"], "postprocess": build.first},
    {"name": "comparison", "symbols": ["sum", (lexer.has("compare") ? {type: "compare"} : compare), "sum"], "postprocess": build.comparison},
    {"name": "sum", "symbols": ["product"], "postprocess": build.first},
    {"name": "sum", "symbols": ["sum", {"literal":"+"}, "product"], "postprocess": build.binary},
    {"name": "sum", "symbols": ["sum", {"literal":"-"}, "product"], "postprocess": build.binary},
    {"name": "product", "symbols": ["unary"], "postprocess": build.first},
    {"name": "product", "symbols": ["product", (lexer.has("mul") ? {type: "mul"} : mul), "unary"], "postprocess": build.binary},
    {"name": "unary", "symbols": ["powers"], "postprocess": build.power},
    {"name": "unary", "symbols": ["signs", "powers"], "postprocess": build.negated},
    {"name": "signs", "symbols": [{"literal":"-"}], "postprocess": build.single},
    {"name": "signs", "symbols": ["signs", {"literal":"-"}], "postprocess": build.sign},
    {"name": "powers", "symbols": ["postfix"], "postprocess": build.base},
    {"name": "powers", "symbols": ["powers", {"literal":"^"}, "postfix"], "postprocess": build.exponent},
    {"name": "powers", "symbols": ["powers", {"literal":"^"}, "signs", "postfix"], "postprocess": build.exponent},
    {"name": "powers", "symbols": ["powers", (lexer.has("square") ? {type: "square"} : square)], "postprocess": build.square},
    {"name": "postfix", "symbols": [(lexer.has("name") ? {type: "name"} : name)], "postprocess": build.reference},
    {"name": "postfix", "symbols": [(lexer.has("number") ? {type: "number"} : number)], "postprocess": build.number},
    {"name": "postfix", "symbols": [{"literal":"("}, "expression", {"literal":")"}], "postprocess": build.bracketed},
    {"name": "postfix", "symbols": [{"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.literal},
    {"name": "postfix", "symbols": ["name", {"literal":"("}, {"literal":")"}], "postprocess": build.call},
    {"name": "postfix", "symbols": ["name", {"literal":"("}, "arguments", {"literal":")"}], "postprocess": build.call},
    {"name": "postfix", "symbols": ["applied", {"literal":"("}, {"literal":")"}], "postprocess": build.callOf},
    {"name": "postfix", "symbols": ["applied", {"literal":"("}, "arguments", {"literal":")"}], "postprocess": build.callOf},
    {"name": "postfix", "symbols": ["name", (lexer.has("prime") ? {type: "prime"} : prime), {"literal":"("}, "expression", {"literal":")"}], "postprocess": build.primed},
    {"name": "postfix", "symbols": ["name", {"literal":"("}, "reduction", {"literal":")"}], "postprocess": build.reduction},
    {"name": "postfix", "symbols": ["postfix", {"literal":"["}, "subscripts", {"literal":"]"}], "postprocess": build.indexed},
    {"name": "postfix", "symbols": ["postfix", {"literal":"["}, {"literal":"..."}, {"literal":","}, "subscripts", {"literal":"]"}], "postprocess": build.indexedLast},
    {"name": "postfix", "symbols": ["postfix", {"literal":"["}, "subscripts", {"literal":","}, {"literal":"..."}, {"literal":"]"}], "postprocess": build.indexedFirst},
    {"name": "postfix", "symbols": ["postfix", (lexer.has("T") ? {type: "T"} : T)], "postprocess": build.transpose},
    {"name": "postfix", "symbols": ["postfix", (lexer.has("dot") ? {type: "dot"} : dot), "name"], "postprocess": build.field},
    {"name": "applied", "symbols": ["name", {"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.indexedName},
    {"name": "applied", "symbols": ["applied", {"literal":"["}, "expressions", {"literal":"]"}], "postprocess": build.indexed},
    {"name": "applied", "symbols": ["name", (lexer.has("dot") ? {type: "dot"} : dot), "name"], "postprocess": build.fieldOfName},
    {"name": "applied", "symbols": ["applied", (lexer.has("dot") ? {type: "dot"} : dot), "name"], "postprocess": build.field},
    {"name": "reduction", "symbols": ["expression", {"literal":"for"}, "indices"], "postprocess": build.reduced},
    {"name": "reduction", "symbols": ["expression", {"literal":"for"}, "indices", {"literal":"where"}, "expression"], "postprocess": build.reduced},
    {"name": "subscripts", "symbols": ["subscript"], "postprocess": build.single},
    {"name": "subscripts", "symbols": ["subscripts", {"literal":","}, "subscript"], "postprocess": build.more},
    {"name": "subscript", "symbols": ["expression"], "postprocess": build.first},
    {"name": "subscript", "symbols": ["range"], "postprocess": build.part},
    {"name": "subscript", "symbols": [{"literal":":"}], "postprocess": build.whole},
    {"name": "expressions", "symbols": ["expression"], "postprocess": build.single},
    {"name": "expressions", "symbols": ["expressions", {"literal":","}, "expression"], "postprocess": build.more},
    {"name": "arguments", "symbols": ["argument"], "postprocess": build.single},
    {"name": "arguments", "symbols": ["arguments", {"literal":","}, "argument"], "postprocess": build.more},
    {"name": "argument", "symbols": ["expression"], "postprocess": build.first},
    {"name": "argument", "symbols": ["name", {"literal":"="}, "expression"], "postprocess": build.named},
    {"name": "argument", "symbols": ["name", {"literal":"="}, {"literal":"("}, "expressions", {"literal":","}, "expression", {"literal":")"}], "postprocess": build.listed}
  ],
  ParserStart: "statement",
};

export default grammar;
