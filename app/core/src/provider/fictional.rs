//! A provider that does not exist, to prove what a new one needs: this file, and a line in the table.

use serde_json::Value;

use super::{
    Ask, BlockStage, Call, ErrorClass, FinishReason, ListedModel, ModelPage, Protocol, ProviderKind, Turn,
    Usage,
    decode::{
        chunk::{Chunk, End, Event, Piece},
        fault::{Fault, by_status},
        json,
    },
    protocol::{Bounds, ErrorForm, Facts, Framing, Key, Range, Relay, Route, Timeouts},
    write::{array, quoted},
};
use crate::brief::Decimal;

pub const KIND: ProviderKind = ProviderKind::new(&Fictional);

struct Fictional;

static FACTS: Facts = Facts {
    kind: "fictional",
    name: Some("Fictional"),
    is_sample: false,
    at_home: false,
    cuts_silently: false,
    framing: Framing::Lines,
    lane: 3,
    timeouts: Timeouts { first_token_ms: 5_000, idle_ms: 7_000 },
    bounds: Bounds {
        temperature: Range { low: Decimal::whole(0), inclusive: true, high: Decimal::whole(1) },
        top_p: Range { low: Decimal::whole(0), inclusive: false, high: Decimal::whole(1) },
        max_tokens: 4_096,
        context: None,
        thinking: false,
    },
    shipped: &["tale-1"],
    other_calls: &[],
    remedy: None,
    relay: Some(Relay {
        key: Key::Header("x-tale-key"),
        routes: &[Route::get("tales"), Route::post("tell")],
        home: None,
        accept: "application/x-ndjson",
        errors: ErrorForm::Object,
    }),
};

impl Protocol for Fictional {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn generate(&self, ask: &Ask<'_>) -> Option<Call> {
        let Some(Turn::User(text)) = ask.chat.turns.last() else { return None };
        Some(Call::post("tell", array(&[quoted(ask.model), quoted(text)])))
    }

    fn list(&self, _page: Option<&str>) -> Option<Call> {
        Some(Call::get("tales"))
    }

    fn read_list(&self, body: &[u8]) -> Option<ModelPage> {
        let root = json::parse(body)?;
        let models = root.as_array()?.iter().filter_map(Value::as_str);
        let models = models.map(|id| ListedModel { id: id.into(), ..ListedModel::default() });
        Some(ModelPage { models: models.collect(), next: None })
    }

    fn read_chunk<'a>(&self, event: Event<'a>) -> Chunk<'a> {
        Chunk {
            pieces: json::text(event.json, "say").map(Piece::Text).into_iter().collect(),
            end: json::text(event.json, "over").map(|why| match why {
                "censored" => End::Blocked { stage: BlockStage::Output, reason: why },
                _ => End::Finish { reason: FinishReason::Stop, raw: why },
            }),
            usage: Usage::default(),
            ..Chunk::default()
        }
    }

    fn classify(&self, fault: &Fault<'_>) -> ErrorClass {
        if fault.mentions(&["no such tale"]) { ErrorClass::ModelMissing } else { by_status(fault.http) }
    }
}

mod tests {
    use super::*;
    use crate::{
        brief::{Draft, Field, Params, Tuning},
        provider::{Abilities, Chat, Decoder, Head, ModelRef, StreamEvent, catalog, read_models},
    };

    fn decode(status: u16, body: &[u8]) -> Vec<StreamEvent> {
        let mut events = Vec::new();
        let mut decoder = Decoder::new(KIND, Head { status, ..Head::default() });
        decoder.push(body, &mut events);
        decoder.finish(&mut events);
        events
    }

    #[test]
    fn one_file_and_a_line_make_a_provider() {
        assert_eq!(ProviderKind::named("fictional"), Some(KIND));
        let chat = Chat { turns: vec![Turn::User("a fox".into())], ..Chat::default() };
        let ask = Ask {
            model: "tale-1",
            chat: &chat,
            params: &Params::default(),
            tools: &[],
            abilities: Abilities::default(),
            swaps: None.into(),
        };
        assert_eq!(KIND.protocol().generate(&ask).unwrap().body, r#"["tale-1","a fox"]"#);
        let listed = read_models(KIND, 200, br#"["tale-1","tale-2"]"#).unwrap().models;
        assert_eq!(catalog::describe("fictional", KIND, &listed[1]).id.to_string(), "fictional/tale-2");
        assert_eq!(catalog::provider_name("x", KIND), "Fictional");
    }

    #[test]
    fn its_stream_its_errors_and_its_bounds_are_its_own() {
        let finish = StreamEvent::Finish { reason: FinishReason::Stop, raw: "done".into() };
        assert_eq!(
            decode(200, b"{\"say\":\"Once\"}\n{\"over\":\"done\"}\n"),
            [StreamEvent::Start { model: None }, StreamEvent::Text("Once".into()), finish]
        );
        let failed = |status, body: &[u8]| match decode(status, body).pop() {
            Some(StreamEvent::Error(error)) => error.class,
            other => panic!("{other:?}"),
        };
        assert_eq!(failed(400, br#"{"error":"no such tale"}"#), ErrorClass::ModelMissing);
        assert_eq!(failed(503, b""), ErrorClass::Overloaded);
        assert_eq!(failed(200, b"{\"say\":\"Once\"}\n"), ErrorClass::Disconnected);

        let draft = Draft {
            prompt: "A tale.".into(),
            models: vec![ModelRef::new("fictional", "tale-1")],
            tuning: Tuning { temperature: "1.5".into(), ..Tuning::default() },
            ..Draft::default()
        };
        let problems = draft.check(|_| Some(KIND)).unwrap_err();
        assert_eq!(problems[0].field, Field::Temperature);
        assert!(problems[0].sentence.starts_with("Between 0 and 1."));
    }
}
