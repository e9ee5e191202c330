//! The list of sender names of a machine, as Spout 2 keeps it in shared memory, and what a sender may be called.
//!
//! Slots of 256 bytes, each a NUL-terminated ANSI name; the list ends at the first empty one. Writers rewrite the whole list in byte
//! order and clear the slot after it. Names become names of kernel objects, so a backslash (a namespace) is no part of them.

use std::collections::BTreeSet;

use crate::LutBoxError;

/// The list in shared memory.
pub const SENDER_NAMES: &str = "SpoutSenderNames";
/// The name of the active sender in shared memory.
pub const ACTIVE_SENDER: &str = "ActiveSenderName";
/// Bytes of a name with its NUL.
pub const SLOT: usize = 256;
/// Senders of a machine unless its registry says otherwise.
pub const DEFAULT_MAX_SENDERS: usize = 64;
/// Bytes kept free for a suffix after a collision.
const SUFFIX: usize = 5;

/// The names of all senders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderNames(BTreeSet<Vec<u8>>);

/// A NUL-terminated name at the begin of `slot`.
pub fn name_in(slot: &[u8]) -> &[u8] {
    let end = slot.iter().position(|b| *b == 0);
    &slot[..end.unwrap_or(slot.len()).min(SLOT - 1)]
}

/// `name` as a slot.
pub fn slot_of(name: &[u8]) -> [u8; SLOT] {
    let mut out = [0; SLOT];
    let n = name.len().min(SLOT - 1);
    out[..n].copy_from_slice(&name[..n]);
    out
}

/// Whether a sender may have the name.
///
/// # Errors
///
/// If it is empty, too long, not ASCII, or a name of Spout itself.
pub fn check(name: &str) -> Result<(), LutBoxError> {
    let wrong = |expected| {
        let shown: String = name.escape_default().take(64).collect();
        Err(LutBoxError::message("sender name", shown, expected))
    };
    if name.is_empty() || name.len() >= SLOT - SUFFIX {
        return wrong("1 to 250 bytes");
    }
    if !name
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) && b != b'\\')
    {
        return wrong("printable ASCII without a backslash");
    }
    if [SENDER_NAMES, ACTIVE_SENDER].contains(&name) {
        return wrong("a name that Spout does not use itself");
    }
    Ok(())
}

/// The candidates after a collision: the name, then `NAME_1`, `NAME_2` and so on.
pub fn candidates(name: &str) -> impl Iterator<Item = String> + '_ {
    let numbered = (1..1000).map(move |i| format!("{name}_{i}"));
    std::iter::once(name.to_owned()).chain(numbered)
}

impl SenderNames {
    /// The names in a view of shared memory.
    pub fn parse(view: &[u8]) -> Self {
        let names = view.chunks_exact(SLOT).map(name_in);
        Self(
            names
                .take_while(|n| !n.is_empty())
                .map(<[u8]>::to_vec)
                .collect(),
        )
    }

    /// Rewrites `view`: sorted, the slot after the last cleared. Names beyond its end are left out.
    pub fn write(&self, view: &mut [u8]) {
        let mut slots = view.chunks_exact_mut(SLOT);
        for (name, slot) in self.0.iter().zip(&mut slots) {
            slot.copy_from_slice(&slot_of(name));
        }
        if let Some(next) = slots.next() {
            next.fill(0);
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name.as_bytes())
    }

    /// The first in byte order.
    pub fn first(&self) -> Option<&[u8]> {
        self.0.first().map(Vec::as_slice)
    }

    /// All, in byte order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Adds a name.
    ///
    /// # Errors
    ///
    /// If the list has `limit` names already.
    pub fn insert(&mut self, name: &str, limit: usize) -> Result<(), LutBoxError> {
        if self.0.len() >= limit && !self.contains(name) {
            return Err(LutBoxError::Limit {
                what: "Spout senders",
                limit: limit as u64,
            });
        }
        self.0.insert(name.as_bytes().to_vec());
        Ok(())
    }

    /// Takes a name out; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name.as_bytes())
    }

    /// Forgets the names that senders left behind when they crashed: those for which `lives` is false.
    pub fn clean(&mut self, mut lives: impl FnMut(&[u8]) -> bool) {
        self.0.retain(|n| lives(n));
    }

    /// Who is active after the release of `gone`, when `active` was before: an empty name if nobody is left.
    pub fn active_after<'a>(&'a self, gone: &str, active: &'a [u8]) -> &'a [u8] {
        if active == gone.as_bytes() || self.len() <= 1 || !self.0.contains(active) {
            self.first().unwrap_or_default()
        } else {
            active
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> SenderNames {
        let mut out = SenderNames::default();
        for n in names {
            out.insert(n, 64).unwrap();
        }
        out
    }

    #[test]
    fn list_is_sorted_slots_of_256_bytes_and_an_empty_one() {
        // What another program left behind the end must not come back.
        let mut view = vec![b'x'; 5 * SLOT];
        list(&["vglb-lut-B", "Zed", "vglb-lut-A"]).write(&mut view);
        let mut expected = vec![0; 4 * SLOT];
        for (i, n) in ["Zed", "vglb-lut-A", "vglb-lut-B"].iter().enumerate() {
            expected[i * SLOT..i * SLOT + n.len()].copy_from_slice(n.as_bytes());
        }
        assert_eq!(view[..4 * SLOT], expected);
        assert_eq!(
            SenderNames::parse(&view),
            list(&["Zed", "vglb-lut-A", "vglb-lut-B"])
        );
    }

    #[test]
    fn list_of_an_earlier_program_is_kept() {
        // Unsorted, with rubbish behind the NULs, a name without NUL, an odd tail.
        let mut view = vec![b'#'; 3 * SLOT + 100];
        view[..3].copy_from_slice(b"b\0?");
        view[SLOT..SLOT + 3].copy_from_slice(b"a\0?");
        let names = SenderNames::parse(&view);
        let long = vec![b'#'; SLOT - 1];
        assert_eq!(
            names.iter().collect::<Vec<_>>(),
            [long.as_slice(), b"a", b"b"]
        );
        assert!(SenderNames::parse(&[]).is_empty());
        assert!(SenderNames::parse(&[0; SLOT]).is_empty());
    }

    #[test]
    fn list_that_is_full_refuses_and_a_short_view_is_not_overrun() {
        let mut names = list(&["a", "b"]);
        assert!(matches!(
            names.insert("c", 2),
            Err(LutBoxError::Limit { limit: 2, .. })
        ));
        names.insert("a", 2).unwrap();
        let mut view = vec![0xaa; SLOT + 17];
        names.write(&mut view);
        assert_eq!(SenderNames::parse(&view), list(&["a"]));
        assert_eq!(view[SLOT..], [0xaa; 17]);
    }

    #[test]
    fn active_sender_moves_to_the_first_name_when_it_leaves() {
        let left = list(&["a", "b"]);
        assert_eq!(left.active_after("c", b"c"), b"a");
        assert_eq!(left.active_after("c", b"b"), b"b");
        assert_eq!(left.active_after("c", b"vanished"), b"a");
        assert_eq!(list(&["z"]).active_after("c", b"q"), b"z");
        assert_eq!(list(&[]).active_after("c", b"c"), b"");
    }

    #[test]
    fn names_of_crashed_senders_are_cleaned() {
        let mut names = list(&["dead", "live"]);
        names.clean(|n| n == b"live");
        assert_eq!(names, list(&["live"]));
    }

    #[test]
    fn sender_names_stay_within_kernel_objects() {
        assert!(check("vglb-lut-A b%5C").is_ok());
        for bad in [
            "",
            "Global\\x",
            "SpoutSenderNames",
            "ActiveSenderName",
            "ä",
            "a\0b",
            &"x".repeat(251),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&"x".repeat(250)).is_ok());
        let first: Vec<_> = candidates("n").take(3).collect();
        assert_eq!(first, ["n", "n_1", "n_2"]);
        // The longest name with the longest suffix still has its NUL.
        assert!(candidates(&"x".repeat(250)).all(|n| n.len() < SLOT));
    }
}
