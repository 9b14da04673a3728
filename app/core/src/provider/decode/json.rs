//! Lenient reading of JSON that others wrote: broken characters are repaired, and a field that is `null`, absent or of an
//! unexpected type reads as absent.
//!
//! Values are read by name from [`Value`] rather than into structs on purpose: with structs one odd field would cost the
//! whole event, and with it the text it carries.

use std::borrow::Cow;

use serde_json::Value;

/// Reads one JSON text. Invalid UTF-8 and lone surrogate escapes become U+FFFD.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    read(bytes).map(|(value, _)| value)
}

/// Like [`parse`]; comes with the text that was read, which is another one if it had to be repaired.
pub fn read(bytes: &[u8]) -> Option<(Value, Cow<'_, str>)> {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(value) = serde_json::from_slice(text.as_bytes()) {
        return Some((value, text));
    }
    let repaired = match with_paired_surrogates(&text) {
        // Nothing to repair, so it would fail again.
        Cow::Borrowed(_) => return None,
        Cow::Owned(repaired) => repaired,
    };
    let value = serde_json::from_slice(repaired.as_bytes()).ok()?;
    Some((value, Cow::Owned(repaired)))
}

/// True if `text` is a JSON object.
pub fn is_object(text: &str) -> bool {
    parse(text.as_bytes()).is_some_and(|value| value.is_object())
}

/// The string at `key`, if it is one and not empty.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// The array at `key`; empty if there is none.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The whole number at `key`; protobuf's JSON may write it as a string.
pub fn count(value: &Value, key: &str) -> Option<u64> {
    match value.get(key)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// The finite number at `key`.
pub fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key)?.as_f64().filter(|number| number.is_finite())
}

/// Replaces escapes of surrogates that have no partner by U+FFFD; senders that cut text in UTF-16 write them.
fn with_paired_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += found;
        match escaped_unit(&bytes[at..]) {
            Some(0xD800..=0xDBFF) if matches!(escaped_unit(&bytes[at + 6..]), Some(0xDC00..=0xDFFF)) => {
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                out.push_str(&text[copied..at]);
                out.push('\u{fffd}');
                at += 6;
                copied = at;
            }
            Some(_) => at += 6,
            // Another escape: its second byte may be a backslash, which starts none. If that byte begins a longer
            // character, stepping into it is harmless, as no part of such a character is a backslash.
            None => at = (at + 2).min(bytes.len()),
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The UTF-16 unit of a `\uXXXX` at the start of `bytes`.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expect: Option<&str>) {
        assert_eq!(parse(input), expect.map(|text| Value::String(text.into())));
    }

    #[test]
    fn whole_pairs_are_kept() {
        check(br#""\ud83c\udf89""#, Some("🎉"));
        check(br#""\ud83c\udf89\ud83c""#, Some("🎉\u{fffd}"));
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        check(br#""a\ud83c""#, Some("a\u{fffd}"));
        check(br#""\udf89b""#, Some("\u{fffd}b"));
        check(br#""\ud83c\ud83c\udf89""#, Some("\u{fffd}🎉"));
        check(br#""\uD83C\n\u0041""#, Some("\u{fffd}\nA"));
    }

    #[test]
    fn an_escaped_backslash_starts_no_escape() {
        check(br#""\\ud83c\ud83c""#, Some("\\ud83c\u{fffd}"));
    }

    #[test]
    fn invalid_utf8_becomes_replacement_characters() {
        check(b"\"a\xFFb\"", Some("a\u{fffd}b"));
        check(b"\"a\xFF\\ud83c\"", Some("a\u{fffd}\u{fffd}"));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for input in
            [&b"{"[..], b"", b"\\", b"\"\\u\xC3\xA9", b"\"\\ud83", b"<html>", b"\"\\\xF0\x9F\x8E\x89\""]
        {
            check(input, None);
        }
    }

    #[test]
    fn odd_types_read_as_absent() {
        let value = serde_json::json!({"a": null, "b": 7, "c": "7", "d": "", "e": -1, "f": [1]});
        assert_eq!(
            (text(&value, "a"), text(&value, "b"), text(&value, "c"), text(&value, "d")),
            (None, None, Some("7"), None)
        );
        assert_eq!(
            (count(&value, "b"), count(&value, "c"), count(&value, "e"), count(&value, "z")),
            (Some(7), Some(7), None, None)
        );
        assert_eq!((list(&value, "a").len(), list(&value, "b").len(), list(&value, "f").len()), (0, 0, 1));
        assert_eq!((number(&value, "b"), number(&value, "c")), (Some(7.0), None));
    }
}
