//! An answer that was cut off, and its rest: what to ask for ([`resume`]), and how both become one text ([`Joiner`]).
//!
//! Models are asked to begin with the last lines they wrote, so that the join can be proven. Many do something else: they go on
//! at the very character, type the cut line again, open a new block, say a sentence first, or begin the file anew. So a joiner
//! holds the first lines back, looks for the place in the text where they stand already, and lets everything behind that place
//! through. `cut` knows the text's end, `lines` compares, `place` chooses the place, `joiner` streams, `ask` writes the request.
//!
//! Lines are compared without the space around them. A brace or a blank line proves nothing, and lines that stand more than
//! once prove nothing either, unless they are the ones that were asked for.
//!
//! Every step costs time in the size of the text and its rest.

mod ask;
mod cut;
mod joiner;
mod lines;
mod place;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use ask::{Resume, resume};
pub use joiner::{Joiner, Seam, Splice};
