//! The redactor that keeps secrets out of relayed bytes.
//!
//! An upstream may echo the key it was called with: in a body, in an error, across the border of two chunks. The
//! [`Redactor`] works on the stream of bytes without parsing it. What holds no part of a secret passes without a copy,
//! and only a tail that could be the beginning of a secret waits for the next chunk.
//!
//! An error may also repeat a secret that nobody here knows, that of a gateway between the upstream and its model, say.
//! So in errors whatever has the form of a key is masked as well. In answers it is not: there it is a model's text, where
//! such a form may be an example in the reader's own code.

mod forms;

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use codecraft_config::{MIN_SECRET, Secret};
use memchr::memmem::Finder;

use crate::forms::Forms;

/// The secrets to search for, prepared once and shared by all streams.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[Finder<'static>]>);

impl Secrets {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self(secrets.into_iter().map(|secret| Finder::new(secret.expose()).into_owned()).collect())
    }

    /// `text` with every secret, and whatever has the form of one, replaced by asterisks of equal length.
    pub fn scrub(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        mask(&mut bytes, &self.find(text.as_bytes()));
        let mut forms = Forms::default();
        let bytes = [forms.push(&bytes), forms.finish()].concat();
        String::from_utf8(bytes).expect("what is masked begins and ends at ASCII, so UTF-8 stays what it was")
    }

    fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let ranges = |finder: &Finder<'_>| {
            let length = finder.needle().len();
            finder.find_iter(bytes).map(move |start| start..start + length).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(ranges).collect()
    }

    /// Length of the longest tail of `bytes` that a secret could begin with.
    fn unfinished(&self, bytes: &[u8]) -> usize {
        let longest = |finder: &Finder<'_>| {
            let needle = finder.needle();
            let window = &bytes[bytes.len().saturating_sub(needle.len() - 1)..];
            memchr::memchr_iter(needle[0], window)
                .map(|start| &window[start..])
                .find(|tail| needle.starts_with(tail))
                .map_or(0, <[u8]>::len)
        };
        self.0.iter().map(longest).max().unwrap_or(0)
    }
}

fn mask(bytes: &mut [u8], ranges: &[Range<usize>]) {
    for range in ranges {
        bytes[range.clone()].fill(b'*');
    }
}

/// Removes secrets from one stream of bytes.
pub struct Redactor {
    secrets: Secrets,
    /// A tail that may be the beginning of a secret; shorter than the longest secret.
    held: Vec<u8>,
    /// For an error.
    forms: Option<Forms>,
}

impl Redactor {
    /// For an answer: hides these secrets and nothing else.
    pub fn for_answer(secrets: Secrets) -> Self {
        Self { secrets, held: Vec::new(), forms: None }
    }

    /// For an error: hides what has the form of a secret as well.
    pub fn for_error(secrets: Secrets) -> Self {
        Self { forms: Some(Forms::default()), ..Self::for_answer(secrets) }
    }

    /// Takes the next chunk and gives what may be passed on; empty if all of it has to wait.
    pub fn push(&mut self, chunk: Bytes) -> Bytes {
        let chunk = self.push_known(chunk);
        match &mut self.forms {
            None => chunk,
            Some(forms) => forms.push(&chunk).into(),
        }
    }

    /// What was held back, at the end of the stream. A long beginning of a secret is one that was cut off.
    pub fn finish(&mut self) -> Bytes {
        let mut held = std::mem::take(&mut self.held);
        if held.len() >= MIN_SECRET {
            held.fill(b'*');
        }
        match &mut self.forms {
            None => held.into(),
            Some(forms) => [forms.push(&held), forms.finish()].concat().into(),
        }
    }

    fn push_known(&mut self, chunk: Bytes) -> Bytes {
        let chunk = if self.held.is_empty() {
            chunk
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&chunk);
            joined.into()
        };
        let found = self.secrets.find(&chunk);
        let mut chunk = if found.is_empty() {
            chunk
        } else {
            let mut bytes = Vec::from(chunk);
            mask(&mut bytes, &found);
            bytes.into()
        };
        let waiting = self.secrets.unfinished(&chunk);
        self.held = chunk.split_off(chunk.len() - waiting).into();
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AIzaCanary-AIza_42";

    fn secrets() -> Secrets {
        Secrets::new([&Secret::new(KEY).unwrap(), &Secret::new("sk-abcabcabd").unwrap()])
    }

    fn run(chunks: &[&[u8]]) -> Vec<u8> {
        let mut redactor = Redactor::for_answer(secrets());
        let mut out = Vec::new();
        for chunk in chunks {
            out.extend_from_slice(&redactor.push(Bytes::copy_from_slice(chunk)));
        }
        out.extend_from_slice(&redactor.finish());
        out
    }

    #[track_caller]
    fn check(input: &str, expect: &str) {
        assert_eq!(String::from_utf8(run(&[input.as_bytes()])).unwrap(), expect);
        assert_eq!(secrets().scrub(input), expect);
        for cut in 0..=input.len() {
            let (left, right) = input.as_bytes().split_at(cut);
            assert_eq!(String::from_utf8(run(&[left, right])).unwrap(), expect, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
        assert_eq!(String::from_utf8(run(&bytes)).unwrap(), expect, "byte by byte");
    }

    #[test]
    fn secrets_become_asterisks_of_equal_length_however_they_are_cut() {
        check("", "");
        check("nothing here, größer", "nothing here, größer");
        check("x AIzaCanary-AIza_42 y", "x ****************** y");
        check("AIzaCanary-AIza_42", "******************");
        check("AIzaCanary-AIza_42AIzaCanary-AIza_42", "************************************");
        check("AIzaCanary-AIzaCanary-AIza_42", "AIzaCanary-******************");
        check("sk-abcabcabcabd sk-abcabcabd", "sk-abcabcabcabd ************");
        check("ends with AIza", "ends with AIza");
        check("sk-abcabcabdAIzaCanary-AIza_42", "******************************");
    }

    #[test]
    fn px12_what_only_looks_like_a_secret_is_masked_in_errors_alone() {
        let text = format!("{KEY} Bearer sk-abcabcabd; sk-0123456789abcdef");
        let stars = |length| "*".repeat(length);
        let error = format!("{} {} {}", stars(18), stars(20), stars(19));
        let answer = format!("{} Bearer {}; sk-0123456789abcdef", stars(18), stars(12));
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            let pass = |mut redactor: Redactor| {
                let chunks = [left, right].map(|chunk| redactor.push(Bytes::copy_from_slice(chunk)));
                String::from_utf8([chunks.concat(), redactor.finish().to_vec()].concat()).unwrap()
            };
            assert_eq!(pass(Redactor::for_error(secrets())), error, "cut at {cut}");
            assert_eq!(pass(Redactor::for_answer(secrets())), answer, "cut at {cut}");
        }
        assert_eq!(secrets().scrub(&text), error);
    }

    #[test]
    fn a_secret_that_is_cut_off_by_the_end_is_hidden_but_for_a_few_bytes() {
        assert_eq!(run(&[b"key AIzaCanary-", b"AIza_4"]), b"key *****************");
        assert_eq!(run(&[b"AIza"]), b"AIza");
    }

    #[test]
    fn only_a_tail_that_may_begin_a_secret_waits() {
        let mut redactor = Redactor::for_answer(secrets());
        assert_eq!(redactor.push(Bytes::from_static(b"data: text\n\n")), "data: text\n\n");
        assert_eq!(redactor.push(Bytes::from_static(b"text AIzaCan")), "text ");
        assert_eq!(redactor.push(Bytes::from_static(b"ada")), "AIzaCanada");
        assert_eq!(redactor.finish(), "");
    }

    #[test]
    fn a_secret_shows_nothing_in_debug_and_must_fit_a_header() {
        assert_eq!(format!("{:?}", Secret::new(KEY)), "Some(Secret(…))");
        for bad in ["", "short", "with space in it", "new\nline-key", "schlüssel-ä"] {
            assert_eq!(Secret::new(bad), None, "{bad:?}");
        }
    }
}
