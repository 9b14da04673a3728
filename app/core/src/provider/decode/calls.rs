//! Which call of a tool a piece belongs to: servers number them, or repeat an id, or send each call whole, or none of it.

/// A piece of a call, as one event of a stream has it. What it does not say is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPiece<'a> {
    pub place: Place,
    pub id: &'a str,
    pub name: &'a str,
    pub arguments: &'a str,
}

/// How a piece says which call it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is a whole call.
    Whole,
    /// It bears a number.
    Number(u64),
    /// It does not say.
    Unsaid,
}

/// The calls of one answer, as far as pieces have to be told apart.
#[derive(Debug, Default)]
pub struct Calls(Vec<Begun>);

#[derive(Debug)]
struct Begun {
    place: Place,
    id: String,
    named: bool,
}

impl Calls {
    /// True once a call has begun.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// The index of the piece's call from 0, and what the piece says about it for the first time: id and name, else empty.
    pub fn take<'a>(&mut self, piece: &CallPiece<'a>) -> (usize, &'a str, &'a str) {
        let index = self.find(piece).unwrap_or(self.0.len());
        if index == self.0.len() {
            self.0.push(Begun { place: piece.place, id: String::new(), named: false });
        }
        let call = &mut self.0[index];
        let id = if call.id.is_empty() { piece.id } else { "" };
        call.id.push_str(id);
        let name = if call.named { "" } else { piece.name };
        call.named |= !name.is_empty();
        (index, id, name)
    }

    fn find(&self, piece: &CallPiece<'_>) -> Option<usize> {
        let last = |belongs: &dyn Fn(&Begun) -> bool| self.0.iter().rposition(belongs);
        // Another id is another call, even under the same number: some servers call every one 0.
        let same_id = |call: &Begun| piece.id.is_empty() || call.id.is_empty() || call.id == piece.id;
        match piece.place {
            Place::Whole => None,
            Place::Number(_) => {
                last(&|call| call.place == piece.place).filter(|index| same_id(&self.0[*index]))
            }
            Place::Unsaid if !piece.id.is_empty() => last(&|call| call.id == piece.id),
            // Without id and number, a name begins a call.
            Place::Unsaid => {
                self.0.len().checked_sub(1).filter(|last| piece.name.is_empty() || !self.0[*last].named)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces written `number id name`, with `-` for what is missing; the indices they get.
    #[track_caller]
    fn check(pieces: &[&str], expect: &[usize]) {
        let mut calls = Calls::default();
        let indices = pieces.iter().map(|piece| {
            let words: Vec<&str> = piece.split(' ').map(|word| if word == "-" { "" } else { word }).collect();
            let place = words[0].parse().map_or(Place::Unsaid, Place::Number);
            calls.take(&CallPiece { place, id: words[1], name: words[2], arguments: "" }).0
        });
        assert_eq!(indices.collect::<Vec<_>>(), expect, "{pieces:?}");
    }

    #[test]
    fn numbers_tell_calls_apart() {
        check(&["0 a f", "0 - -", "1 b f", "1 - -", "0 - -"], &[0, 0, 1, 1, 0]);
        check(&["7 - f", "7 a -", "7 a -"], &[0, 0, 0]);
    }

    #[test]
    fn another_id_under_the_same_number_is_another_call() {
        check(&["0 a f", "0 b g", "0 - -", "0 b -"], &[0, 1, 1, 1]);
    }

    #[test]
    fn without_numbers_ids_and_names_tell() {
        check(&["- a f", "- - -", "- a -", "- b f", "- - -"], &[0, 0, 0, 1, 1]);
        check(&["- - f", "- - -", "- - f"], &[0, 0, 1]);
        check(&["- - -", "- - f"], &[0, 0]);
    }

    #[test]
    fn an_id_and_a_name_are_told_once() {
        let mut calls = Calls::default();
        let piece = CallPiece { place: Place::Number(0), id: "a", name: "f", arguments: "" };
        assert_eq!(calls.take(&piece), (0, "a", "f"));
        assert_eq!(calls.take(&piece), (0, "", ""));
    }

    #[test]
    fn whole_calls_are_never_joined() {
        let mut calls = Calls::default();
        let piece = CallPiece { place: Place::Whole, id: "", name: "f", arguments: "{}" };
        assert_eq!((calls.take(&piece), calls.take(&piece)), ((0, "", "f"), (1, "", "f")));
    }
}
