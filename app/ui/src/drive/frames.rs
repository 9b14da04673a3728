//! One frame loop for all cards. It runs while there is something to draw and then rests.

use std::{cell::Cell, rc::Rc};

use crate::browser::clock::Frame;

pub struct Frames {
    frame: Rc<Frame>,
    asked: Rc<Cell<bool>>,
}

impl Frames {
    /// `draw` draws one frame and says whether there will be more.
    pub fn new(draw: impl Fn() -> bool + 'static) -> Self {
        let asked = Rc::new(Cell::new(false));
        let flag = asked.clone();
        let frame = Rc::new_cyclic(|weak: &std::rc::Weak<Frame>| {
            let again = weak.clone();
            Frame::new(move || {
                flag.set(false);
                if draw()
                    && let Some(frame) = again.upgrade()
                    && !flag.replace(true)
                {
                    frame.request();
                }
            })
        });
        Self { frame, asked }
    }

    /// Asks for a frame, if none is on its way.
    pub fn wake(&self) {
        if !self.asked.replace(true) {
            self.frame.request();
        }
    }
}
