//! What accounts may: Mosquitto's ACL file, in the part of it that grants.
//!
//! `user NAME` and under it `topic [read|write|readwrite] FILTER`; `pattern [read|write|
//! readwrite] FILTER` for everyone, with `%u` for the account's name. Nothing else grants and
//! nothing takes away, so what is not granted is not allowed. `deny` and `%c` are refused: a
//! client chooses its own id, and what is denied of a granted filter cannot be told of a
//! subscription before its messages come.

use std::collections::BTreeMap;

use super::lines;

/// What one does with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// Every right.
#[derive(Debug, Clone, Default)]
pub struct Acl {
    of_user: BTreeMap<String, Vec<Grant>>,
    of_everyone: Vec<Grant>,
}

#[derive(Debug, Clone)]
struct Grant {
    read: bool,
    write: bool,
    filter: String,
}

impl Acl {
    /// Reads the file's text; else the number of the wrong line and what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, (usize, String)> {
        let mut acl = Self::default();
        let mut user: Option<String> = None;
        for (line, said) in lines(text) {
            let refuse = |problem: &str| (line, format!("`{}`: {problem}", said.trim()));
            let (word, rest) = said.trim().split_once(' ').unwrap_or((said.trim(), ""));
            match (word, rest.trim()) {
                (_, "") => return Err(refuse("says nothing of whom or what it is")),
                ("user", name) => user = Some(name.to_owned()),
                ("topic", rest) => {
                    let user = user.clone().ok_or_else(|| refuse(NOBODY))?;
                    let grant = Grant::read(rest).map_err(refuse)?;
                    acl.of_user.entry(user).or_default().push(grant);
                }
                ("pattern", rest) => acl.of_everyone.push(Grant::read(rest).map_err(refuse)?),
                _ => return Err(refuse("known are `user`, `topic` and `pattern`")),
            }
        }
        Ok(acl)
    }

    /// Whether `user` may do this with all that `filter` can mean; a topic is a filter that
    /// means itself.
    pub(super) fn allows(&self, user: &str, access: Access, filter: &str) -> bool {
        // A name with a wildcard in it would make more of every pattern than was meant.
        if user.contains(['+', '#']) {
            return false;
        }
        let own = self.of_user.get(user).into_iter().flatten();
        let allowed = |grant: &Grant, granted: &str| {
            let meant = match access {
                Access::Read => grant.read,
                Access::Write => grant.write,
            };
            meant && covers(granted, filter)
        };
        own.into_iter().any(|grant| allowed(grant, &grant.filter))
            || self
                .of_everyone
                .iter()
                .any(|grant| allowed(grant, &grant.filter.replace("%u", user)))
    }
}

const NOBODY: &str = "stands above every `user`, where it is for clients without a name, and \
                      none are let in";

impl Grant {
    fn read(text: &str) -> Result<Self, &'static str> {
        let (word, rest) = text.split_once(' ').unwrap_or(("", text));
        let (read, write, filter) = match word {
            "read" => (true, false, rest),
            "write" => (false, true, rest),
            "readwrite" => (true, true, rest),
            "deny" => return Err("`deny` is not known here; grant less instead"),
            _ => (true, true, text),
        };
        let filter = filter.trim();
        if filter.contains("%c") {
            return Err("`%c` is not known here, since a client chooses its own id; say %u");
        }
        let levels: Vec<&str> = filter.split('/').collect();
        let last = levels.len() - 1;
        let well = levels.iter().enumerate().all(|(n, level)| match *level {
            "+" => true,
            "#" => n == last,
            level => !level.contains(['+', '#']),
        });
        match well && !filter.is_empty() {
            true => Ok(Self { read, write, filter: filter.to_owned() }),
            false => Err("is no topic filter; + and # stand for whole levels, # for the last"),
        }
    }
}

/// Whether everything that `filter` means is also meant by `granted`.
fn covers(granted: &str, filter: &str) -> bool {
    // A wildcard at the beginning never means the broker's own topics.
    if granted.starts_with(['+', '#']) && filter.starts_with('$') {
        return false;
    }
    let mut wanted = filter.split('/');
    for level in granted.split('/') {
        match (level, wanted.next()) {
            ("#", _) => return true,
            (_, None | Some("#")) => return false,
            ("+", Some(_)) => {}
            (level, Some(wanted)) if level == wanted => {}
            _ => return false,
        }
    }
    wanted.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# devices
pattern write jikimi/v1/%u/reading
pattern read jikimi/v1/clock

user gateway 1
topic write zigbee2mqtt/#
topic seen by all
";

    #[test]
    fn an_account_speaks_for_itself_alone() {
        let acl = Acl::read(TEXT).unwrap();
        let may = |user, topic| acl.allows(user, Access::Write, topic);
        assert!(may("usan/h0101-pir", "jikimi/v1/usan/h0101-pir/reading"));
        assert!(!may("usan/h0101-pir", "jikimi/v1/usan/h0102-pir/reading"));
        assert!(!may("usan/h0101-pir", "jikimi/v1/usan/h0101-pir/reading/x"));
        assert!(!may("usan/h0101-pir", "jikimi/v1/clock"), "that is for reading");
        assert!(!may("usan/+", "jikimi/v1/usan/+/reading"), "no name means others");
        assert!(may("gateway 1", "zigbee2mqtt/lamp") && may("gateway 1", "seen by all"));
        assert!(!may("gateway", "zigbee2mqtt/lamp"));
    }

    #[test]
    fn a_subscription_reaches_no_further_than_what_is_granted() {
        for (granted, filter, within) in [
            ("a/b", "a/b", true),
            ("a/b", "a/+", false),
            ("a/+", "a/+", true),
            ("a/+", "a/b", true),
            ("a/+", "a/#", false),
            ("a/+", "a/b/c", false),
            ("a/#", "a/b/#", true),
            ("a/#", "a", true),
            ("a/#", "#", false),
            ("#", "#", true),
            ("#", "$SYS/#", false),
            ("+/b", "$SYS/b", false),
            ("#", "$share/g/a", false),
        ] {
            assert_eq!(covers(granted, filter), within, "{granted} and {filter}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (wrong, expected) in [
            ("topic read x", "above every `user`"),
            ("user a\ntopic deny x", "`deny`"),
            ("pattern read x/%c", "`%c`"),
            ("user a\ntopic read x/#/y", "no topic filter"),
            ("user a\ntopic write x+", "no topic filter"),
            ("user", "says nothing"),
            ("allow_anonymous true", "known are"),
        ] {
            let (line, problem) = Acl::read(&format!("# one\n{wrong}")).unwrap_err();
            assert_eq!(line, 1 + wrong.lines().count(), "{wrong}");
            assert!(problem.contains(expected), "{wrong}: {problem}");
        }
    }
}
