//! Slices of a JSON text that was read before: what must go back verbatim, or on as text, is cut out of what came.
//!
//! A text that is no JSON gives no slice, or a meaningless one; it never panics.

/// A step into a JSON text.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// The member of an object; the last of that name, as for every reader here.
    Key(&'a str),
    /// The item of an array, from 0.
    At(usize),
}

/// The text of what stands at the end of `steps`.
pub fn dig<'a>(text: &'a str, steps: &[Step<'_>]) -> Option<&'a str> {
    steps.iter().try_fold(text, |text, step| match step {
        Step::Key(key) => member(text, key),
        Step::At(index) => items(text).nth(*index),
    })
}

/// The texts of an array's items; none if it is no array.
pub fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut scan = Scan { text, at: 0 };
    let mut more = scan.take(b'[') && !scan.take(b']');
    std::iter::from_fn(move || {
        let item = more.then(|| scan.value()).filter(|item| !item.is_empty())?;
        more = scan.take(b',');
        Some(item)
    })
}

fn member<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut scan = Scan { text, at: 0 };
    let mut found = None;
    let mut more = scan.take(b'{') && !scan.take(b'}');
    while more {
        let name = scan.value();
        if !scan.take(b':') {
            break;
        }
        let value = scan.value();
        if name.len() == key.len() + 2 && name.get(1..=key.len()) == Some(key) {
            found = Some(value);
        }
        more = scan.take(b',');
    }
    found.filter(|value| !value.is_empty())
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over white space, and over `wanted` if it stands there.
    fn take(&mut self, wanted: u8) -> bool {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        let there = self.byte() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    /// Steps over one value.
    fn value(&mut self) -> &'a str {
        self.take(b' ');
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                // Behind a number or a word; every stop is an ASCII byte, so slices end between characters.
                b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                break;
            }
        }
        &self.text[start..self.at]
    }

    /// Steps over a string, from its first quote to behind its last.
    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.byte() {
            self.at += 1;
            match byte {
                b'"' => return,
                // The byte that is escaped ends nothing. If it begins a longer character, its rest is no quote.
                b'\\' => self.at = (self.at + 1).min(self.text.len()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Step::*, *};

    #[track_caller]
    fn check(text: &str, steps: &[Step<'_>], expect: Option<&str>) {
        assert_eq!(dig(text, steps), expect, "{text}");
    }

    #[test]
    fn slices_are_verbatim() {
        let text = r#" { "a" : [ 1, {"b": "x, \"]}" , "c":1.50e2}, [] ,null ] ,"d":{} } "#;
        check(text, &[Key("a"), At(0)], Some("1"));
        check(text, &[Key("a"), At(1)], Some(r#"{"b": "x, \"]}" , "c":1.50e2}"#));
        check(text, &[Key("a"), At(1), Key("b")], Some(r#""x, \"]}""#));
        check(text, &[Key("a"), At(1), Key("c")], Some("1.50e2"));
        check(text, &[Key("a"), At(2)], Some("[]"));
        check(text, &[Key("a"), At(3)], Some("null"));
        check(text, &[Key("d")], Some("{}"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let text = r#"{"a":[{}],"é":1,"ab":2}"#;
        for steps in
            [&[Key("b")][..], &[Key("a"), At(1)], &[Key("a"), Key("a")], &[At(0)], &[Key("é"), At(0)]]
        {
            check(text, steps, None);
        }
        check(text, &[Key("ab")], Some("2"));
        check("[]", &[At(0)], None);
        check("{}", &[Key("")], None);
    }

    #[test]
    fn the_last_member_of_a_name_counts() {
        check(r#"{"a":1,"a":2}"#, &[Key("a")], Some("2"));
    }

    #[test]
    fn text_that_is_no_json_does_no_harm() {
        for text in
            ["", "{", "[", "[,", "{\"a\"", "{\"a\":", "[\"\\", "{a:b:c", "[}", "{]", "\"é\\", "[1 2", "\"\\é"]
        {
            let _ = (dig(text, &[Key("a")]), dig(text, &[At(1)]), items(text).count());
        }
    }
}
