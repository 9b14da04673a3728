//! What is sent to a model: a conversation, tools it may call, parameters, and what is known about the model.

use super::{ProviderKind, decode::json};
use crate::{brief::Params, prompt::Prompt};

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chat {
    /// How to answer; empty means none.
    pub system: String,
    /// Oldest first; the last is the user's or a tool's.
    pub turns: Vec<Turn>,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    User(String),
    /// What the model said.
    Model(Said),
    /// What a tool that the model called came to.
    Tool {
        call: ToolCall,
        result: String,
    },
}

/// A model's own turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    pub text: String,
    pub reasoning: String,
    pub calls: Vec<ToolCall>,
    /// The provider's own parts, verbatim, in their order: some must come back exactly as they were (signatures).
    /// They count only for [`kind`](Self::kind).
    pub parts: Vec<String>,
    /// The kind of provider that said it; `None` where that is not known.
    pub kind: Option<ProviderKind>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolCall {
    /// The provider's id, or one made by us where it gave none; unique within one answer.
    pub id: String,
    pub name: String,
    /// JSON text; may be broken, since models write it.
    pub arguments: String,
}

/// How an id begins that was made by us, because the provider gave none.
pub(super) const MADE_ID: &str = "made_";

impl ToolCall {
    /// The provider's own id; `None` for one that was made by us.
    pub(super) fn own_id(&self) -> Option<&str> {
        (!self.id.is_empty() && !self.id.starts_with(MADE_ID)).then_some(self.id.as_str())
    }

    /// The arguments as a JSON object: an empty one where the model wrote none, or broken text.
    pub(super) fn object(&self) -> &str {
        if json::is_object(&self.arguments) { &self.arguments } else { "{}" }
    }
}

impl Tool {
    /// The schema as a JSON object; one that allows everything in place of broken text.
    pub(super) fn schema_object(&self) -> &str {
        if json::is_object(&self.schema) { &self.schema } else { r#"{"type":"object"}"# }
    }
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// At most 64 letters, digits, `_` or `-`; begins with a letter.
    pub name: String,
    pub description: String,
    /// JSON schema of the arguments, as JSON text.
    pub schema: String,
}

/// A whole request.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The provider's own id.
    pub model: &'a str,
    pub chat: &'a Chat,
    pub params: &'a Params,
    pub tools: &'a [Tool],
    /// What the model is known to be able to do.
    pub abilities: Abilities,
    /// What a refusal of the same request taught.
    pub swaps: Swaps,
}

/// One wording of a request that a server refused, to be replaced by the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The token limit goes under its other name.
    TokenLimit,
    /// Temperature and top-p are left out.
    NoSampling,
    /// The wish on thinking is left out.
    NoThinking,
    /// Signatures of earlier turns are left out.
    NoSignatures,
    /// The reasoning of earlier turns that called tools goes back with them.
    WithReasoning,
}

/// A set of [`Swap`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swaps(u8);

impl Swaps {
    #[must_use]
    pub fn with(self, swap: Swap) -> Self {
        Self(self.0 | 1 << swap as u8)
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn has(self, swap: Swap) -> bool {
        self.0 & (1 << swap as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Option<Swap>> for Swaps {
    fn from(swap: Option<Swap>) -> Self {
        swap.map_or_else(Self::default, |swap| Self::default().with(swap))
    }
}

/// What a model is able to do, as far as its provider says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// Calls tools. `None` where nobody says.
    pub tools: Option<bool>,
    /// Reasons before it answers.
    pub thinking: Option<bool>,
    pub vision: Option<bool>,
    /// Fills in the middle of a text.
    pub insert: Option<bool>,
}

impl Abilities {
    /// Names for people of what it is able to do for certain.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.tools, "tools"),
            (self.thinking, "thinking"),
            (self.vision, "pictures"),
            (self.insert, "fill in"),
        ];
        all.into_iter().filter(|(able, _)| *able == Some(true)).map(|(_, name)| name).collect()
    }
}

impl From<&Prompt> for Chat {
    fn from(prompt: &Prompt) -> Self {
        Self { system: prompt.system.clone(), turns: vec![Turn::User(prompt.user.clone())] }
    }
}
