//! The known word that a misspelt one was probably meant to be.

/// The nearest of the known words, if one is near.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let near = known.map(|known| (distance(word, known), known)).min_by_key(|(far, _)| *far)?;
    (near.0 <= 1 + word.chars().count() / 5).then_some(near.1)
}

/// How many letters have to be added, left out or exchanged.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (left, with) in other.iter().enumerate() {
            let exchanged = corner + usize::from(letter != *with);
            corner = row[left + 1];
            row[left + 1] = exchanged.min(row[left] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = || ["3f-kitchen", "3f-corridor"].into_iter();
        assert_eq!(nearest("3f-kichen", known()), Some("3f-kitchen"));
        assert_eq!(nearest("1f-hall", known()), None);
    }
}
