//! The homes of the MIT study: some eighty reed switches in the home of one person.
//!
//! In the form of van Kasteren's homes. People leave by the door of the foyer.

use std::path::Path;

use super::home::Home;
use super::{ConvertError, Converted, kasteren};

/// Converts `houseD.sensors` with the files beside it.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    kasteren::read(path, Home::new("mit", "A home of the MIT study"), &["foyer,door"])
}
