//! Words of the languages. Each list is one text: a slice of words would hold an address and a length for each of its
//! thousand words, which weigh more on the wire than the words do.
//!
//! These are lists for colouring: with the reserved words stand contextual ones and constants like `true` that read as part
//! of the language.

/// Words with a space between any two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) &'static str);

impl Words {
    pub(super) const NONE: Self = Self("");

    #[cfg(test)]
    pub(super) fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    /// Looks at one word after the other. Most differ in length already, so a list of a hundred costs well under a microsecond.
    pub(super) fn contains(self, word: &[u8]) -> bool {
        self.0.as_bytes().split(|byte| *byte == b' ').any(|known| known == word)
    }
}

pub(super) const C: Words = Words(
    "\
    #define #elif #else #endif #if #ifdef #ifndef #include #pragma #undef NULL auto break case const continue \
    default do else enum extern false for goto if inline register restrict return signed sizeof static struct \
    switch true typedef union unsigned volatile while",
);
pub(super) const C_TYPES: Words = Words(
    "\
    FILE bool char double float int int16_t int32_t int64_t int8_t long short size_t ssize_t uint16_t uint32_t \
    uint64_t uint8_t uintptr_t void",
);
pub(super) const CPP: Words = Words(
    "\
    alignas alignof and auto break case catch class co_await co_return co_yield concept const const_cast \
    consteval constexpr constinit continue decltype default delete do dynamic_cast else enum explicit export \
    extern false final for friend goto if inline mutable namespace new noexcept not nullptr operator or override \
    private protected public register reinterpret_cast requires return sizeof static static_assert static_cast \
    struct switch template this throw true try typedef typeid typename union using virtual volatile while",
);
pub(super) const CPP_TYPES: Words = Words(
    "\
    bool char char16_t char32_t char8_t deque double float function int int16_t int32_t int64_t int8_t long map \
    optional pair set shared_ptr short signed size_t string string_view tuple uint16_t uint32_t uint64_t uint8_t \
    unique_ptr unordered_map unordered_set unsigned variant vector void wchar_t",
);
pub(super) const JAVASCRIPT: Words = Words(
    "\
    as async await break case catch class const continue debugger default delete do else export extends false \
    finally for from function get if import in instanceof let new null of return set static super switch this \
    throw true try typeof undefined var void while with yield",
);
pub(super) const TYPESCRIPT: Words = Words(
    "\
    abstract as asserts async await break case catch class const continue debugger declare default delete do \
    else enum export extends false finally for from function get if implements import in infer instanceof \
    interface is keyof let namespace new null of override private protected public readonly return satisfies set \
    static super switch this throw true try type typeof undefined var void while with yield",
);
pub(super) const TYPESCRIPT_TYPES: Words =
    Words("any bigint boolean never number object string symbol unknown");
pub(super) const PYTHON: Words = Words(
    "\
    False None True and as assert async await break case class continue def del elif else except finally for \
    from global if import in is lambda match nonlocal not or pass raise return self try while with yield",
);
pub(super) const PYTHON_TYPES: Words =
    Words("bool bytes complex dict float frozenset int list object set str tuple type");
pub(super) const RUST: Words = Words(
    "\
    as async await break const continue crate dyn else enum extern false fn for if impl in let loop macro_rules \
    match mod move mut pub ref return self static struct super trait true type union unsafe use where while",
);
pub(super) const RUST_TYPES: Words =
    Words("Self bool char f32 f64 i128 i16 i32 i64 i8 isize str u128 u16 u32 u64 u8 usize");
pub(super) const GO: Words = Words(
    "\
    break case chan const continue default defer else fallthrough false for func go goto if import interface \
    iota map nil package range return select struct switch true type var",
);
pub(super) const GO_TYPES: Words = Words(
    "\
    any bool byte comparable complex128 complex64 error float32 float64 int int16 int32 int64 int8 rune string \
    uint uint16 uint32 uint64 uint8 uintptr",
);
pub(super) const JAVA: Words = Words(
    "\
    abstract assert break case catch class const continue default do else enum extends false final finally for \
    goto if implements import instanceof interface native new null package permits private protected public \
    record return sealed static strictfp super switch synchronized this throw throws transient true try var \
    volatile while yield",
);
pub(super) const JAVA_TYPES: Words = Words("boolean byte char double float int long short void");
pub(super) const KOTLIN: Words = Words(
    "\
    abstract actual annotation as break by catch class companion const constructor continue crossinline data do \
    dynamic else enum expect external false final finally for fun if import in infix init inline inner interface \
    internal is lateinit null object open operator out override package private protected public reified return \
    sealed super suspend tailrec this throw true try typealias val value var vararg when where while",
);
pub(super) const SWIFT: Words = Words(
    "\
    #available #else #endif #if @MainActor @Published @State @escaping @main actor any as associatedtype async \
    await break case catch class continue convenience default defer deinit didSet do else enum extension \
    fallthrough false fileprivate final for func get guard if import in indirect init inout internal is isolated \
    lazy let mutating nil nonisolated open operator override private protocol public repeat required rethrows \
    return self set some static struct subscript super switch throw throws true try typealias unowned var weak \
    where while willSet",
);
pub(super) const CSHARP: Words = Words(
    "\
    abstract as async await base break case catch checked class const continue default delegate do else enum \
    event explicit extern false finally fixed for foreach get goto if implicit in init interface internal is \
    lock namespace new not null operator or out override params partial private protected public readonly record \
    ref required return sealed set sizeof stackalloc static struct switch this throw true try typeof unchecked \
    unsafe using var virtual volatile when where while with yield",
);
pub(super) const CSHARP_TYPES: Words = Words(
    "\
    bool byte char decimal double dynamic float int long nint nuint object sbyte short string uint ulong ushort \
    void",
);
pub(super) const PHP: Words = Words(
    "\
    $this abstract and array as break callable case catch class clone const continue declare default do echo \
    else elseif empty enum extends false final finally fn for foreach function global goto if implements include \
    include_once instanceof insteadof interface isset list match namespace new null or php print private \
    protected public readonly require require_once return static switch throw trait true try unset use var while \
    xor yield",
);
pub(super) const PHP_TYPES: Words =
    Words("bool float int iterable mixed never object parent self string void");
pub(super) const RUBY: Words = Words(
    "\
    __FILE__ __method__ alias and attr_accessor attr_reader attr_writer begin break case class def defined? do \
    else elsif end ensure extend false for if in include lambda module next nil not or private proc protected \
    public raise redo require require_relative rescue retry return self super then true undef unless until when \
    while yield",
);
pub(super) const BASH: Words = Words(
    "\
    alias break case cd continue declare do done echo elif else esac eval exec exit export fi for function if in \
    local printf read readonly return select set shift source test then trap unset until while",
);
pub(super) const SQL: Words = Words(
    "\
    ADD ALL ALTER AND AS ASC BEGIN BETWEEN BY CASCADE CASE CAST CHECK COLUMN COMMIT CONFLICT CONSTRAINT CREATE \
    CROSS CURRENT_DATE CURRENT_TIMESTAMP DATABASE DECLARE DEFAULT DELETE DESC DISTINCT DO DROP ELSE END EXCEPT \
    EXECUTE EXISTS EXPLAIN FALSE FETCH FIRST FOR FOREIGN FROM FULL FUNCTION GRANT GROUP HAVING IF ILIKE IN INDEX \
    INNER INSERT INTERSECT INTO IS JOIN KEY LANGUAGE LATERAL LEFT LIKE LIMIT MATERIALIZED NATURAL NOT NOTHING \
    NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PRIMARY PROCEDURE REFERENCES REPLACE RETURNING RETURNS \
    REVOKE RIGHT ROLLBACK ROW ROWS SCHEMA SELECT SET TABLE TEMPORARY THEN TO TRANSACTION TRIGGER TRUE TRUNCATE \
    UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH",
);
pub(super) const SQL_TYPES: Words = Words(
    "\
    BIGINT BIGSERIAL BLOB BOOLEAN BYTEA CHAR DATE DATETIME DECIMAL DOUBLE FLOAT INT INTEGER INTERVAL JSON JSONB \
    NUMERIC REAL SERIAL SMALLINT TEXT TIME TIMESTAMP TIMESTAMPTZ TINYINT UUID VARCHAR",
);
pub(super) const JSON: Words = Words("false null true");
pub(super) const YAML: Words = Words("False No True Yes false no null off on true yes");
