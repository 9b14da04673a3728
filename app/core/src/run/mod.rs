//! The run: one brief sent to several models, as a state machine.
