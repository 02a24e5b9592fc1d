# The grammar of one statement. What stands between statements, and where one ends, is the lexer's affair
# (src/syntax/statements.ts); blanks never come here, and a block is three kinds of statement: its head, its equations, "}".
#
# Everything is left-recursive, because nearley takes quadratic time and memory for right recursion; the one operator that
# is right-associative is collected in a list and folded from its end (src/syntax/build.ts). Nothing is nullable, and no
# text has two parses.
#
# Built by `npm run grammar` into generated/grammar.ts.

@preprocessor typescript

@{%
import * as build from '../src/syntax/build.ts'

// Tokens come from src/syntax, already made: the grammar only needs to know that every %name is one of them.
const lexer = { has: () => true } as unknown as NearleyLexer
%}

@lexer lexer

statement -> %network name %end                                {% build.network %}
           | %imports "{" names "}" "from" %string %end        {% build.imports %}
           | %imports "{" names "," "}" "from" %string %end    {% build.imports %}
           | %dim dims %end                                    {% build.dims %}
           | %batch name %end                                  {% build.batch %}
           | data datas %end                                   {% build.data %}
           | %hyper hypers %end                                {% build.hypers %}
           | %fixed consts %end                                {% build.consts %}
           | %fn name "(" parameters ")" %end                  {% build.fn %}
           | %fn name "(" parameters ")" "=" expression %end   {% build.fn %}
           | %fn name "(" parameters ")" "{" %end              {% build.fnHead %}
           | %layer name "(" ")" "{" %end                      {% build.layerHead %}
           | %layer name "(" formals ")" "{" %end              {% build.layerHead %}
           | %layer instances %end                             {% build.instances %}
           | %applies "(" parameters ")" "=" expression %end   {% build.applied %}
           | %applies "(" parameters ")" "{" %end              {% build.appliedHead %}
           | %returns expressions %end                         {% build.returned %}
           | %output outputs %end                              {% build.outputs %}
           | %loss name "=" expression %end                    {% build.loss %}
           | %loss name "=" expression "for" paths %end        {% build.lossOfSome %}
           | claim %end                                        {% build.first %}
           | claim "for" indices %end                          {% build.ranged %}
           | %each indices "{" %end                            {% build.head %}
           | "}" %end                                          {% build.close %}
           | equation %end                                     {% build.first %}
           | equation "for" indices %end                       {% build.ranged %}

claim -> %claim expression "=" expression                      {% build.claim %}
equation -> lefts "=" expression                               {% build.equation %}
lefts -> left                                                  {% build.single %}
       | lefts "," left                                        {% build.more %}
left -> name                                                   {% build.left %}
      | name "[" expressions "]"                               {% build.left %}
      | name "[" "..." "," expressions "]"                     {% build.leftOfLast %}

data -> %input {% build.first %} | %target {% build.first %} | %param {% build.first %}

# A family of extents takes all the values that follow it, so that it is the last of its line.
dims -> dimlist                                                {% build.first %}
      | family                                                 {% build.single %}
      | dimlist "," family                                     {% build.more %}
dimlist -> dim                                                 {% build.single %}
         | dimlist "," dim                                     {% build.more %}
dim -> name                                                    {% build.dim %}
     | name "=" sum                                            {% build.dim %}
     | name "[" range "]"                                      {% build.dimFamily %}
family -> name "[" range "]" "=" values                        {% build.dimFamily %}
values -> sum                                                  {% build.single %}
        | values "," sum                                       {% build.more %}

# name, brackets, then what is assumed of it and its initialiser in either order, then the range of a family
datas -> datum                                                 {% build.single %}
       | datas "," datum                                       {% build.more %}
datum -> plain                                                 {% build.first %}
       | started                                               {% build.first %}
       | plain "for" indices                                   {% build.datumFor %}
       | started "for" indices                                 {% build.datumFor %}
started -> plain "=" expression                                {% build.datumValue %}
         | started ":" assumption                              {% build.datumAssumption %}
plain -> bare                                                  {% build.first %}
       | plain ":" assumption                                  {% build.datumAssumption %}
# A word with an argument goes on with what is assumed of the datum before it: `tok[T] : shared, index(V)`.
bare -> assumption                                             {% build.datum %}
      | bare "[" expressions "]"                               {% build.datumBracket %}
assumption -> name                                             {% build.first %}
            | %assumed "(" expression ")"                      {% build.assumption %}
indices -> index                                               {% build.single %}
         | indices "," index                                   {% build.moreIndices %}
index -> name "in" range                                       {% build.index %}
range -> sum ".." sum                                          {% build.range %}

hypers -> hyper                                                {% build.single %}
        | hypers "," hyper                                     {% build.more %}
hyper -> shaped                                                {% build.first %}
       | shaped "=" expression                                 {% build.preset %}

consts -> fixed                                                {% build.single %}
        | consts "," fixed                                     {% build.more %}
fixed -> name "=" expression                                   {% build.constant %}
       | name "[" expressions "]" "=" expression               {% build.constant %}

outputs -> output                                              {% build.single %}
         | outputs "," output                                  {% build.more %}
output -> %name                                                {% build.reference %}
        | output "[" subscripts "]"                            {% build.indexed %}

# `x[..., N]` has further axes before those that are named, `x[N, ...]` behind them; `x[k][N[k]] for k in 1..n` are n arguments.
parameters -> parameter                                        {% build.single %}
            | parameters "," parameter                         {% build.more %}
parameter -> formal                                         {% build.first %}
           | formal "=" expression                          {% build.preset %}
           | name "[" name "]" "for" index                     {% build.several %}
           | name "[" name "]" extents "for" index             {% build.several %}
formal -> name                                              {% build.shaped %}
           | name extents                                      {% build.opened %}
extents -> "[" expressions "]"                                 {% build.extents %}
         | "[" "..." "," expressions "]"                       {% build.extentsBehind %}
         | "[" expressions "," "..." "]"                       {% build.extentsBefore %}
         | "[" "..." "]"                                       {% build.extentsAny %}
# What a layer is made for: extents and numbers.
formals -> setting                                             {% build.single %}
         | formals "," setting                                 {% build.more %}
setting -> bareSetting                                         {% build.first %}
         | bareSetting "=" expression                          {% build.preset %}
bareSetting -> name                                            {% build.shaped %}
# An instance, or a family of them; a range serves those before it too.
instances -> instance                                          {% build.single %}
           | instances "," instance                            {% build.more %}
instance -> made                                               {% build.first %}
          | made "for" indices                                 {% build.instanceFor %}
made -> name "=" making                                        {% build.instance %}
      | name "[" names "]" "=" making                          {% build.instance %}
making -> name "(" ")"                                         {% build.call %}
        | name "(" arguments ")"                               {% build.call %}
shaped -> name                                                 {% build.shaped %}
        | name "[" expressions "]"                             {% build.shaped %}

name -> %name                                                  {% build.name %}
names -> name                                                  {% build.single %}
       | names "," name                                        {% build.more %}
# What an instance of a layer has is behind its dot: `hidden.W`.
paths -> path                                                  {% build.single %}
       | paths "," path                                        {% build.more %}
path -> name                                                   {% build.first %}
      | path %dot name                                         {% build.path %}

# Python's precedence, from loose to tight; src/base/notation.ts holds the same table for printing.
expression -> conjunction                                      {% build.first %}
            | expression "or" conjunction                      {% build.logical %}
conjunction -> negation                                        {% build.first %}
             | conjunction "and" negation                      {% build.logical %}
negation -> comparison                                         {% build.first %}
          | nots comparison                                    {% build.not %}
nots -> %not                                                   {% build.single %}
      | nots %not                                              {% build.sign %}
comparison -> sum                                              {% build.first %}
            | sum %compare sum                                 {% build.comparison %}
sum -> product                                                 {% build.first %}
     | sum "+" product                                         {% build.binary %}
     | sum "-" product                                         {% build.binary %}
product -> unary                                               {% build.first %}
         | product %mul unary                                  {% build.binary %}
unary -> powers                                                {% build.power %}
       | signs powers                                          {% build.negated %}
signs -> "-"                                                   {% build.single %}
       | signs "-"                                             {% build.sign %}
powers -> postfix                                              {% build.base %}
        | powers "^" postfix                                   {% build.exponent %}
        | powers "^" signs postfix                             {% build.exponent %}
        | powers %square                                       {% build.square %}
postfix -> %name                                               {% build.reference %}
         | %number                                             {% build.number %}
         | "(" expression ")"                                  {% build.bracketed %}
         | "[" expressions "]"                                 {% build.literal %}
         | name "(" ")"                                        {% build.call %}
         | name "(" arguments ")"                              {% build.call %}
         | applied "(" ")"                                     {% build.callOf %}
         | applied "(" arguments ")"                           {% build.callOf %}
         | name %prime "(" expression ")"                      {% build.primed %}
         | name "(" reduction ")"                              {% build.reduction %}
         | postfix "[" subscripts "]"                          {% build.indexed %}
         | postfix "[" "..." "," subscripts "]"                {% build.indexedLast %}
         | postfix "[" subscripts "," "..." "]"                {% build.indexedFirst %}
         | postfix %T                                          {% build.transpose %}
         | postfix %dot name                                   {% build.field %}
# An instance that is no name alone: `block[l](x)`, `net.out(x)`.
applied -> name "[" expressions "]"                            {% build.indexedName %}
         | applied "[" expressions "]"                         {% build.indexed %}
         | name %dot name                                      {% build.fieldOfName %}
         | applied %dot name                                   {% build.field %}
reduction -> expression "for" indices                          {% build.reduced %}
           | expression "for" indices "where" expression       {% build.reduced %}
subscripts -> subscript                                        {% build.single %}
            | subscripts "," subscript                         {% build.more %}
subscript -> expression                                        {% build.first %}
           | range                                             {% build.part %}
           | ":"                                               {% build.whole %}
expressions -> expression                                      {% build.single %}
             | expressions "," expression                      {% build.more %}
arguments -> argument                                          {% build.single %}
           | arguments "," argument                            {% build.more %}
argument -> expression                                         {% build.first %}
          | name "=" expression                                {% build.named %}
          | name "=" "(" expressions "," expression ")"        {% build.listed %}
