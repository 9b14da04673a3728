//! What is sent for an attempt: the prompt of its edition, the parameters of its card, and, to go on, what was there.

use super::Run;
use crate::{
    brief::Params,
    join,
    price::tokens_of,
    provider::{Ask, Call, Chat, Said, Turn},
};

impl Run {
    /// The native call of an attempt. `None` for a sample model, which makes none, and for an attempt that is not there.
    pub fn call(&self, candidate: usize, attempt: usize) -> Option<Call> {
        let card = self.candidates.get(candidate)?;
        let attempt = card.attempts.get(attempt)?;
        let target = &attempt.target;
        let ask = Ask {
            model: &target.model.model,
            chat: &self.chat(candidate, attempt.resumes),
            params: &self.params(candidate),
            tools: &[],
            abilities: target.abilities,
            swaps: attempt.swaps,
        };
        target.kind.protocol().generate(&ask)
    }

    /// The parameters of a card: its own, then those of the brief, then those of the rules of whom it asks. What a fallback's
    /// provider does not take is left out.
    pub fn params(&self, candidate: usize) -> Params {
        let card = &self.candidates[candidate];
        let target = card.answered_by();
        let brief = self.edition(candidate).brief.params();
        card.params.over(brief).over(&target.rules.params).within(&target.kind.facts().bounds)
    }

    fn chat(&self, candidate: usize, resumes: bool) -> Chat {
        let edition = self.edition(candidate);
        let mut chat = Chat::from(&edition.prompt);
        if resumes {
            let resume = join::resume(&self.candidates[candidate].text, edition.brief.language());
            chat.turns.push(Turn::Model(Said { text: resume.said, ..Said::default() }));
            chat.turns.push(Turn::User(resume.ask));
        }
        chat
    }

    /// About how many tokens are sent with a card's next attempt.
    pub(super) fn prompt_tokens(&self, candidate: usize) -> u64 {
        let chat = self.chat(candidate, self.candidates[candidate].joiner.is_some());
        let turns = chat.turns.iter().map(|turn| match turn {
            Turn::User(text) => tokens_of(text),
            Turn::Model(said) => tokens_of(&said.text),
            Turn::Tool { result, .. } => tokens_of(result),
        });
        tokens_of(&chat.system) + turns.sum::<u64>()
    }
}
