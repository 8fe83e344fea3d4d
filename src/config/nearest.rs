//! Which known word a misspelt one was probably meant to be, and how to list what is known.

/// Names in a list before the rest is only counted.
const LISTED_MAX: usize = 12;

/// `a, b, c and 30 more`.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    if words.is_empty() {
        return "none".to_owned();
    }
    let shown = words[..words.len().min(LISTED_MAX)].join(", ");
    match words.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `; did you mean `a`? (known: a, b)`, or only what is known.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let meant = nearest(word, known.iter().copied());
    let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("{meant} (known: {})", list(known))
}

/// The known word with the fewest slips to this one, if it is near enough to be meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips_max = (word.chars().count() / 3).clamp(1, 4);
    let slips = |near: &str| match near.strip_prefix(word) {
        // The unit was left out: `hold` for `hold_s`.
        Some(rest) if rest.starts_with('_') && rest.len() <= 4 && !word.is_empty() => 1,
        _ => slips(word, near),
    };
    let with_slips = known.into_iter().map(|near| (slips(near), near));
    with_slips.filter(|(slips, _)| *slips <= slips_max).min().map(|(_, near)| near)
}

/// How many letters were put in, left out, exchanged or swapped with their neighbour. `_` and `-`
/// count as the same letter in every case, since that slip says nothing about the word.
fn slips(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> Vec<char> {
        text.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    let (left, right) = (fold(left), fold(right));
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for i in 0..left.len() {
        let mut next = vec![i + 1];
        for j in 0..right.len() {
            let exchanged = row[j] + usize::from(left[i] != right[j]);
            let mut best = exchanged.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j] {
                let before: &Vec<usize> = &before;
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognized() {
        let known = ["threshold", "rate_of_rise", "fusion"];
        assert_eq!(nearest("treshold", known), Some("threshold"));
        assert_eq!(nearest("rate-of-rise", known), Some("rate_of_rise"));
        assert_eq!(nearest("fuison", known), Some("fusion"));
        assert_eq!(nearest("hold", ["when", "hold_s"]), Some("hold_s"));
    }

    #[test]
    fn an_altogether_different_word_is_nobodys_slip() {
        assert_eq!(nearest("earthquake", ["threshold", "fusion"]), None);
        assert_eq!(nearest("", ["threshold"]), None);
    }

    #[test]
    fn a_long_list_is_counted_and_not_recited() {
        let words: Vec<String> = (0..20).map(|n| format!("w{n}")).collect();
        let listed = list(words.iter().map(String::as_str));
        assert!(listed.ends_with("w11 and 8 more"), "{listed}");
        assert_eq!(list([]), "none");
    }
}
