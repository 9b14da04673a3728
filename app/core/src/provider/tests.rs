//! What holds for every kind of provider.

use super::*;
use crate::brief::{Params, Thinking};

/// All parameters, of which the bits of `set` are set.
fn params(set: u32) -> Params {
    let has = |bit: u32| set & (1 << bit) != 0;
    Params {
        temperature: has(0).then(|| "0.125".parse().unwrap()),
        top_p: has(1).then(|| "0.875".parse().unwrap()),
        max_tokens: has(2).then_some(4321),
        context: has(3).then_some(8765),
        thinking: has(4).then_some(Thinking::High),
    }
}

/// How each of them can be told in a body, whatever its key.
const MARKS: [&[&str]; 5] =
    [&[":0.125"], &[":0.875"], &[":4321"], &[":8765"], &[r#""HIGH""#, r#""high""#, r#""think":true"#]];

#[test]
fn what_is_unset_is_absent_and_what_is_set_stands_once_for_every_kind() {
    let chat = Chat { turns: vec![Turn::User("hi".into())], ..Chat::default() };
    for kind in ProviderKind::all() {
        for set in 0..32 {
            let ask = Ask {
                model: "m-1",
                chat: &chat,
                params: &params(set),
                tools: &[],
                abilities: Abilities { thinking: Some(true), ..Abilities::default() },
                swaps: None.into(),
            };
            let Some(call) = kind.protocol().generate(&ask) else { continue };
            assert!(json::parse(call.body.as_bytes()).is_some(), "{}", call.body);
            for (bit, marks) in MARKS.iter().enumerate() {
                let seen: usize = marks.iter().map(|mark| call.body.matches(mark).count()).sum();
                let bounds = kind.facts().bounds;
                let taken = match bit {
                    3 => bounds.context.is_some(),
                    4 => bounds.thinking,
                    // The fictional kind takes none.
                    _ => kind != fictional::KIND,
                };
                let expect = usize::from(set & (1 << bit) != 0 && taken);
                assert_eq!(seen, expect, "{kind:?}, {} in {}", MARKS[bit][0], call.body);
            }
            for absent in ["null", "\"\""] {
                assert!(!call.body.contains(absent), "{}", call.body);
            }
        }
    }
}

#[test]
fn plain_statuses_and_common_words_mean_the_same_for_every_kind() {
    #[track_caller]
    fn check(status: u16, message: &str, expect: ErrorClass) {
        for kind in [gemini::KIND, ollama::KIND, openai::KIND, openai::LOCAL] {
            let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
            assert_eq!(read_models(kind, status, body.as_bytes()).unwrap_err().class, expect, "{kind:?}");
        }
    }
    check(500, "", ErrorClass::ServerFault);
    check(503, "", ErrorClass::Overloaded);
    check(400, "m does not support tools", ErrorClass::NoTools);
    check(413, "", ErrorClass::BadRequest);
}
