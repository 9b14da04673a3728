//! Pieces that more than one page or pane shows.

pub mod assay;
pub mod icon;
pub mod timeline;
