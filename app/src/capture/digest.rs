//! What a bundle's manifest says of its members, compared with the members that are there.

use super::manifest::{ReadManifest, ReadMember};
use crate::archive::zip::{Entry, packed};
use crate::bundle::{MANIFEST, sha256};

/// A member that is not as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its entry.
    pub file: String,
    /// What is wrong with it: a sentence that goes on after its name.
    pub reason: String,
}

/// What a comparison brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Members that are as they were captured.
    pub n_sound: usize,
    /// The others.
    pub damaged: Vec<Damage>,
}

/// Compares members with their digests: those that are missing, that have changed, and that the manifest does not name.
pub fn check(bytes: &[u8], entries: &[Entry], manifest: &ReadManifest) -> Checked {
    let mut checked = Checked::default();
    let named: Vec<&ReadMember> =
        manifest.hosts.iter().flat_map(|host| &host.members).chain(&manifest.merged).collect();
    for member in &named {
        let entry = entries.iter().find(|entry| entry.name == member.file);
        match entry.map_or(Some("is missing"), |entry| why_damaged(bytes, entry, member)) {
            None => checked.n_sound += 1,
            Some(reason) => {
                checked.damaged.push(Damage { file: member.file.clone(), reason: reason.to_owned() });
            }
        }
    }
    let others = entries.iter().filter(|entry| entry.name != MANIFEST);
    let unnamed = others.filter(|entry| named.iter().all(|member| member.file != entry.name));
    checked.damaged.extend(unnamed.map(|entry| Damage {
        file: entry.name.clone(),
        reason: "is not in the manifest: it came in after the capture".to_owned(),
    }));
    checked
}

fn why_damaged(bytes: &[u8], entry: &Entry, member: &ReadMember) -> Option<&'static str> {
    if member.sha256.is_empty() {
        return Some("has no SHA-256 in the manifest: nobody can tell whether it is whole");
    }
    (!sha256(packed(bytes, entry)).eq_ignore_ascii_case(&member.sha256))
        .then_some("is not what was captured: its SHA-256 is another")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::zip::entries;
    use crate::bundle::write_bundle;

    #[test]
    fn what_is_missing_changed_or_new_is_named() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x");
        std::fs::write(&path, b"abc").expect("a file");
        let member = |file: &str, sha256: &str| ReadMember {
            file: file.to_owned(),
            sha256: sha256.to_owned(),
            ..ReadMember::default()
        };
        let right = sha256(b"abc");
        let manifest = ReadManifest {
            merged: vec![
                member("a", &right),
                member("b", &sha256(b"abcd")),
                member("c", &right),
                member("d", ""),
            ],
            ..ReadManifest::default()
        };
        let mut bytes = Vec::new();
        let files = ["a", "b", "d", "e"].map(|name| (name.to_owned(), path.clone()));
        write_bundle(&mut bytes, b"{}", &files).expect("a vector");
        let checked = check(&bytes, &entries(&bytes).expect("entries"), &manifest);
        let said: Vec<String> =
            checked.damaged.iter().map(|damage| format!("{} {}", damage.file, damage.reason)).collect();
        assert_eq!(checked.n_sound, 1);
        assert_eq!(
            said,
            [
                "b is not what was captured: its SHA-256 is another",
                "c is missing",
                "d has no SHA-256 in the manifest: nobody can tell whether it is whole",
                "e is not in the manifest: it came in after the capture",
            ]
        );
    }
}
