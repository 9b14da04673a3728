//! Words of the languages, sorted: a name is looked up by halving.
//!
//! These are lists for colouring: with the reserved words stand contextual ones and constants like `true` that read as part
//! of the language.

#[rustfmt::skip]
pub(super) const C: &[&str] = &[
    "#define", "#elif", "#else", "#endif", "#if", "#ifdef", "#ifndef", "#include", "#pragma", "#undef",
    "NULL", "auto", "break", "case", "const", "continue", "default", "do", "else", "enum", "extern",
    "false", "for", "goto", "if", "inline", "register", "restrict", "return", "signed", "sizeof", "static",
    "struct", "switch", "true", "typedef", "union", "unsigned", "volatile", "while",
];
#[rustfmt::skip]
pub(super) const C_TYPES: &[&str] = &[
    "FILE", "bool", "char", "double", "float", "int", "int16_t", "int32_t", "int64_t", "int8_t", "long",
    "short", "size_t", "ssize_t", "uint16_t", "uint32_t", "uint64_t", "uint8_t", "uintptr_t", "void",
];
#[rustfmt::skip]
pub(super) const CPP: &[&str] = &[
    "alignas", "alignof", "and", "auto", "break", "case", "catch", "class", "co_await", "co_return",
    "co_yield", "concept", "const", "const_cast", "consteval", "constexpr", "constinit", "continue",
    "decltype", "default", "delete", "do", "dynamic_cast", "else", "enum", "explicit", "export", "extern",
    "false", "final", "for", "friend", "goto", "if", "inline", "mutable", "namespace", "new", "noexcept",
    "not", "nullptr", "operator", "or", "override", "private", "protected", "public", "register",
    "reinterpret_cast", "requires", "return", "sizeof", "static", "static_assert", "static_cast", "struct",
    "switch", "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "using",
    "virtual", "volatile", "while",
];
#[rustfmt::skip]
pub(super) const CPP_TYPES: &[&str] = &[
    "bool", "char", "char16_t", "char32_t", "char8_t", "deque", "double", "float", "function", "int",
    "int16_t", "int32_t", "int64_t", "int8_t", "long", "map", "optional", "pair", "set", "shared_ptr",
    "short", "signed", "size_t", "string", "string_view", "tuple", "uint16_t", "uint32_t", "uint64_t",
    "uint8_t", "unique_ptr", "unordered_map", "unordered_set", "unsigned", "variant", "vector", "void",
    "wchar_t",
];
#[rustfmt::skip]
pub(super) const JAVASCRIPT: &[&str] = &[
    "as", "async", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
    "delete", "do", "else", "export", "extends", "false", "finally", "for", "from", "function", "get", "if",
    "import", "in", "instanceof", "let", "new", "null", "of", "return", "set", "static", "super", "switch",
    "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while", "with", "yield",
];
#[rustfmt::skip]
pub(super) const TYPESCRIPT: &[&str] = &[
    "abstract", "as", "asserts", "async", "await", "break", "case", "catch", "class", "const", "continue",
    "debugger", "declare", "default", "delete", "do", "else", "enum", "export", "extends", "false",
    "finally", "for", "from", "function", "get", "if", "implements", "import", "in", "infer", "instanceof",
    "interface", "is", "keyof", "let", "namespace", "new", "null", "of", "override", "private", "protected",
    "public", "readonly", "return", "satisfies", "set", "static", "super", "switch", "this", "throw",
    "true", "try", "type", "typeof", "undefined", "var", "void", "while", "with", "yield",
];
#[rustfmt::skip]
pub(super) const TYPESCRIPT_TYPES: &[&str] = &[
    "any", "bigint", "boolean", "never", "number", "object", "string", "symbol", "unknown",
];
#[rustfmt::skip]
pub(super) const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return", "self", "try", "while", "with",
    "yield",
];
#[rustfmt::skip]
pub(super) const PYTHON_TYPES: &[&str] = &[
    "bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "set", "str",
    "tuple", "type",
];
#[rustfmt::skip]
pub(super) const RUST: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "macro_rules", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "type", "union", "unsafe", "use",
    "where", "while",
];
#[rustfmt::skip]
pub(super) const RUST_TYPES: &[&str] = &[
    "Self", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];
#[rustfmt::skip]
pub(super) const GO: &[&str] = &[
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "false", "for",
    "func", "go", "goto", "if", "import", "interface", "iota", "map", "nil", "package", "range", "return",
    "select", "struct", "switch", "true", "type", "var",
];
#[rustfmt::skip]
pub(super) const GO_TYPES: &[&str] = &[
    "any", "bool", "byte", "comparable", "complex128", "complex64", "error", "float32", "float64", "int",
    "int16", "int32", "int64", "int8", "rune", "string", "uint", "uint16", "uint32", "uint64", "uint8",
    "uintptr",
];
#[rustfmt::skip]
pub(super) const JAVA: &[&str] = &[
    "abstract", "assert", "break", "case", "catch", "class", "const", "continue", "default", "do", "else",
    "enum", "extends", "false", "final", "finally", "for", "goto", "if", "implements", "import",
    "instanceof", "interface", "native", "new", "null", "package", "permits", "private", "protected",
    "public", "record", "return", "sealed", "static", "strictfp", "super", "switch", "synchronized", "this",
    "throw", "throws", "transient", "true", "try", "var", "volatile", "while", "yield",
];
#[rustfmt::skip]
pub(super) const JAVA_TYPES: &[&str] = &[
    "boolean", "byte", "char", "double", "float", "int", "long", "short", "void",
];
#[rustfmt::skip]
pub(super) const KOTLIN: &[&str] = &[
    "abstract", "actual", "annotation", "as", "break", "by", "catch", "class", "companion", "const",
    "constructor", "continue", "crossinline", "data", "do", "dynamic", "else", "enum", "expect", "external",
    "false", "final", "finally", "for", "fun", "if", "import", "in", "infix", "init", "inline", "inner",
    "interface", "internal", "is", "lateinit", "null", "object", "open", "operator", "out", "override",
    "package", "private", "protected", "public", "reified", "return", "sealed", "super", "suspend",
    "tailrec", "this", "throw", "true", "try", "typealias", "val", "value", "var", "vararg", "when",
    "where", "while",
];
#[rustfmt::skip]
pub(super) const SWIFT: &[&str] = &[
    "#available", "#else", "#endif", "#if", "@MainActor", "@Published", "@State", "@escaping", "@main",
    "actor", "any", "as", "associatedtype", "async", "await", "break", "case", "catch", "class", "continue",
    "convenience", "default", "defer", "deinit", "didSet", "do", "else", "enum", "extension", "fallthrough",
    "false", "fileprivate", "final", "for", "func", "get", "guard", "if", "import", "in", "indirect",
    "init", "inout", "internal", "is", "isolated", "lazy", "let", "mutating", "nil", "nonisolated", "open",
    "operator", "override", "private", "protocol", "public", "repeat", "required", "rethrows", "return",
    "self", "set", "some", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true",
    "try", "typealias", "unowned", "var", "weak", "where", "while", "willSet",
];
#[rustfmt::skip]
pub(super) const CSHARP: &[&str] = &[
    "abstract", "as", "async", "await", "base", "break", "case", "catch", "checked", "class", "const",
    "continue", "default", "delegate", "do", "else", "enum", "event", "explicit", "extern", "false",
    "finally", "fixed", "for", "foreach", "get", "goto", "if", "implicit", "in", "init", "interface",
    "internal", "is", "lock", "namespace", "new", "not", "null", "operator", "or", "out", "override",
    "params", "partial", "private", "protected", "public", "readonly", "record", "ref", "required",
    "return", "sealed", "set", "sizeof", "stackalloc", "static", "struct", "switch", "this", "throw",
    "true", "try", "typeof", "unchecked", "unsafe", "using", "var", "virtual", "volatile", "when", "where",
    "while", "with", "yield",
];
#[rustfmt::skip]
pub(super) const CSHARP_TYPES: &[&str] = &[
    "bool", "byte", "char", "decimal", "double", "dynamic", "float", "int", "long", "nint", "nuint",
    "object", "sbyte", "short", "string", "uint", "ulong", "ushort", "void",
];
#[rustfmt::skip]
pub(super) const PHP: &[&str] = &[
    "$this", "abstract", "and", "array", "as", "break", "callable", "case", "catch", "class", "clone",
    "const", "continue", "declare", "default", "do", "echo", "else", "elseif", "empty", "enum", "extends",
    "false", "final", "finally", "fn", "for", "foreach", "function", "global", "goto", "if", "implements",
    "include", "include_once", "instanceof", "insteadof", "interface", "isset", "list", "match",
    "namespace", "new", "null", "or", "php", "print", "private", "protected", "public", "readonly",
    "require", "require_once", "return", "static", "switch", "throw", "trait", "true", "try", "unset",
    "use", "var", "while", "xor", "yield",
];
#[rustfmt::skip]
pub(super) const PHP_TYPES: &[&str] = &[
    "bool", "float", "int", "iterable", "mixed", "never", "object", "parent", "self", "string", "void",
];
#[rustfmt::skip]
pub(super) const RUBY: &[&str] = &[
    "__FILE__", "__method__", "alias", "and", "attr_accessor", "attr_reader", "attr_writer", "begin",
    "break", "case", "class", "def", "defined?", "do", "else", "elsif", "end", "ensure", "extend", "false",
    "for", "if", "in", "include", "lambda", "module", "next", "nil", "not", "or", "private", "proc",
    "protected", "public", "raise", "redo", "require", "require_relative", "rescue", "retry", "return",
    "self", "super", "then", "true", "undef", "unless", "until", "when", "while", "yield",
];
#[rustfmt::skip]
pub(super) const BASH: &[&str] = &[
    "alias", "break", "case", "cd", "continue", "declare", "do", "done", "echo", "elif", "else", "esac",
    "eval", "exec", "exit", "export", "fi", "for", "function", "if", "in", "local", "printf", "read",
    "readonly", "return", "select", "set", "shift", "source", "test", "then", "trap", "unset", "until",
    "while",
];
#[rustfmt::skip]
pub(super) const SQL: &[&str] = &[
    "ADD", "ALL", "ALTER", "AND", "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST", "CHECK",
    "COLUMN", "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT_DATE", "CURRENT_TIMESTAMP",
    "DATABASE", "DECLARE", "DEFAULT", "DELETE", "DESC", "DISTINCT", "DO", "DROP", "ELSE", "END", "EXCEPT",
    "EXECUTE", "EXISTS", "EXPLAIN", "FALSE", "FETCH", "FIRST", "FOR", "FOREIGN", "FROM", "FULL", "FUNCTION",
    "GRANT", "GROUP", "HAVING", "IF", "ILIKE", "IN", "INDEX", "INNER", "INSERT", "INTERSECT", "INTO", "IS",
    "JOIN", "KEY", "LANGUAGE", "LATERAL", "LEFT", "LIKE", "LIMIT", "MATERIALIZED", "NATURAL", "NOT",
    "NOTHING", "NULL", "NULLS", "OFFSET", "ON", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PRIMARY",
    "PROCEDURE", "REFERENCES", "REPLACE", "RETURNING", "RETURNS", "REVOKE", "RIGHT", "ROLLBACK", "ROW",
    "ROWS", "SCHEMA", "SELECT", "SET", "TABLE", "TEMPORARY", "THEN", "TO", "TRANSACTION", "TRIGGER", "TRUE",
    "TRUNCATE", "UNION", "UNIQUE", "UPDATE", "USING", "VALUES", "VIEW", "WHEN", "WHERE", "WINDOW", "WITH",
];
#[rustfmt::skip]
pub(super) const SQL_TYPES: &[&str] = &[
    "BIGINT", "BIGSERIAL", "BLOB", "BOOLEAN", "BYTEA", "CHAR", "DATE", "DATETIME", "DECIMAL", "DOUBLE",
    "FLOAT", "INT", "INTEGER", "INTERVAL", "JSON", "JSONB", "NUMERIC", "REAL", "SERIAL", "SMALLINT", "TEXT",
    "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TINYINT", "UUID", "VARCHAR",
];
#[rustfmt::skip]
pub(super) const JSON: &[&str] = &[
    "false", "null", "true",
];
#[rustfmt::skip]
pub(super) const YAML: &[&str] = &[
    "False", "No", "True", "Yes", "false", "no", "null", "off", "on", "true", "yes",
];
