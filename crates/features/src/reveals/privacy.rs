//! What is kept about people here: that something was shown, to whom and for what; never what it was.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] =
    &[PersonalData { place: "reveals", class: "C1", retention: "10 years" }];
