//! Small buildings with known answers.
