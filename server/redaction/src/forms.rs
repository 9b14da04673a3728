//! Secrets that nobody told the server of, known by their form alone.

/// What a secret begins with, and what must follow.
struct Form {
    lead: &'static [u8],
    /// The case of the lead's letters does not count.
    folds: bool,
    /// Bytes that must follow the lead at the least.
    least: usize,
    /// What may follow; the secret ends before the first byte that may not.
    follows: fn(u8) -> bool,
}

/// No two leads begin with the same letter, so at most one of them can begin anywhere.
const FORMS: [Form; 4] = [
    // Google's API keys.
    Form { lead: b"AIza", folds: false, least: 35, follows: in_word },
    // Those of OpenAI and of many who followed it.
    Form { lead: b"sk-", folds: false, least: 16, follows: in_word },
    Form { lead: b"bearer ", folds: true, least: 1, follows: in_value },
    // Of a query: `?key=`, `&api_key=`, and `\u0026key=`, as `&` stands in the JSON of some.
    Form { lead: b"key=", folds: true, least: 1, follows: in_parameter },
];

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Anything but what ends a word, a string of JSON or a piece of markup, so that these stay what they are.
fn in_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !byte.is_ascii_control() && !b"\"'\\<>".contains(&byte)
}

fn in_parameter(byte: u8) -> bool {
    in_value(byte) && byte != b'&' && byte != b'#'
}

/// How far a form reaches into some bytes, from their start.
enum Reach {
    Not,
    /// The bytes end before it is known.
    Unknown,
    /// So many bytes.
    To(usize),
}

impl Form {
    fn reach(&self, bytes: &[u8]) -> Reach {
        let same = |(own, other): (&u8, &u8)| own == other || (self.folds && own.eq_ignore_ascii_case(other));
        if !self.lead.iter().zip(bytes).all(same) {
            return Reach::Not;
        }
        let Some(rest) = bytes.get(self.lead.len()..) else { return Reach::Unknown };
        let run = run(rest, self.follows);
        match run {
            run if run >= self.least => Reach::To(self.lead.len() + run),
            run if run == rest.len() => Reach::Unknown,
            _ => Reach::Not,
        }
    }
}

/// Number of leading bytes that may follow.
fn run(bytes: &[u8], follows: fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| follows(**byte)).count()
}

/// Masks whatever has one of the forms in a stream of bytes.
#[derive(Default)]
pub struct Forms {
    /// A tail that may become a secret: shorter than the longest lead and the bytes that must follow it.
    held: Vec<u8>,
    /// The last bytes that passed were a secret's, which goes on as long as these may follow.
    inside: Option<fn(u8) -> bool>,
}

impl Forms {
    /// Takes the next chunk and gives what may be passed on.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.pass(chunk, false)
    }

    /// What was held back, at the end of the stream: too short for a secret.
    pub fn finish(&mut self) -> Vec<u8> {
        self.pass(&[], true)
    }

    fn pass(&mut self, chunk: &[u8], last: bool) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(chunk);
        let mut at = 0;
        if let Some(follows) = self.inside {
            at = run(&bytes, follows);
            bytes[..at].fill(b'*');
        }
        while at < bytes.len() {
            self.inside = None;
            let rest = &bytes[at..];
            let mut found = FORMS.iter().map(|form| (form, form.reach(rest)));
            match found.find(|(_, reach)| !matches!(reach, Reach::Not)) {
                Some((form, Reach::To(length))) => {
                    bytes[at..at + length].fill(b'*');
                    at += length;
                    self.inside = Some(form.follows);
                }
                Some(_) if !last => {
                    self.held = bytes.split_off(at);
                    break;
                }
                _ => at += 1,
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::*;

    fn pass(chunks: &[&[u8]]) -> Vec<u8> {
        let mut forms = Forms::default();
        let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| forms.push(chunk)).collect();
        assert!(forms.held.len() < 39, "what waits is bounded");
        out.extend(forms.finish());
        out
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            assert_eq!(String::from_utf8_lossy(&pass(&[left, right])), expect, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(String::from_utf8_lossy(&pass(&bytes)), expect, "byte by byte");
    }

    #[test]
    fn px12_what_has_the_form_of_a_key_becomes_asterisks_of_equal_length() {
        let google = format!("AIza{}", "aZ9_-".repeat(7));
        check(&format!("({google})"), &format!("({})", "*".repeat(39)));
        check(&format!("{google}tail, {google}"), &format!("{}, {}", "*".repeat(43), "*".repeat(39)));
        check(&google[..38], &google[..38]);
        check(&format!("{} {google}", &google[..20]), &format!("{} {}", &google[..20], "*".repeat(39)));
        check("sk-proj-0123456789ab sk-0123456789abcde.", "******************** sk-0123456789abcde.");
        check(r#"{"error":"Bearer abc.d/e+f== is wrong"}"#, r#"{"error":"****************** is wrong"}"#);
        check(r#"{"authorization":"bearer x"}"#, r#"{"authorization":"********"}"#);
        check("Bearer \nBEARER  x Bearer", "Bearer \nBEARER  x Bearer");
        check("https://x/?key=secret&alt=sse", "https://x/?**********&alt=sse");
        check("https://x/?alt=sse&key=a#b", "https://x/?alt=sse&*****#b");
        check(r#"Get \"https://x/?a=b\u0026key=abc\": EOF"#, r#"Get \"https://x/?a=b\u0026*******\": EOF"#);
        check("<a href='/?API_KEY=a'>", "<a href='/?API_*****'>");
        check("AIzAIza sk- key= größer keys=1", "AIzAIza sk- key= größer keys=1");
    }

    /// The forms in the words of another matcher.
    fn oracle() -> Regex {
        let value = r#"[^\s\x00-\x1f\x7f"'\\<>]"#;
        Regex::new(&format!(
            r#"(?-u)AIza[0-9A-Za-z_-]{{35,}}|sk-[0-9A-Za-z_-]{{16,}}|(?i:bearer ){value}+|(?i:key=)[^\s\x00-\x1f\x7f"'\\<>&\#]+"#
        ))
        .unwrap()
    }

    /// Text that is rich in leads, in what may follow them, and in what ends them.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just("AIza"),
            Just("AIz"),
            Just("sk-"),
            Just("Bearer "),
            Just("bEARER"),
            Just("key="),
            Just("&Key="),
            Just("0123456789abcdef"),
            Just("_-"),
            Just(" "),
            Just("\""),
            Just("\\"),
            Just("&"),
            Just("\n"),
            Just("é"),
            Just("*"),
            Just("s"),
            Just("k"),
        ];
        let piece = prop_oneof![
            9 => piece.prop_map(|piece| piece.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn px12_no_form_survives_any_cut_and_nothing_else_changes(
            text in text(),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut expect = text.clone();
            for found in oracle().find_iter(&text) {
                expect[found.range()].fill(b'*');
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            prop_assert_eq!(pass(&chunks), expect);
        }
    }
}
