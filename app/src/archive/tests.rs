//! What archives are read as: those that capturing writes, and damaged ones. Those of other tools: `tests/cli/archives.rs`.

use super::names::is_inside;
use super::*;
use crate::bundle::write_bundle;

fn bundle() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    std::fs::write(&path, b"profile").expect("a file");
    let mut bytes = Vec::new();
    let files = [("cpu.pb.gz".to_owned(), path.clone()), ("host_1/heap.pb.gz".to_owned(), path)];
    write_bundle(&mut bytes, b"{}", &files).expect("a vector");
    bytes
}

fn member(bytes: &[u8], name: &str) -> Result<Vec<u8>, String> {
    let archive = Archive::read(FileBytes::from(bytes.to_vec()))?;
    archive.content_of(name).map(Cow::into_owned)
}

#[test]
fn what_is_written_is_read() {
    let bytes = bundle();
    assert!(crate::bundle::is_bundle(&bytes));
    let names: Vec<String> =
        zip::entries(&bytes).expect("entries").into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["manifest.json", "cpu.pb.gz", "host_1/heap.pb.gz"]);
    assert_eq!(member(&bytes, "host_1/heap.pb.gz"), Ok(b"profile".to_vec()));
    assert_eq!(
        member(&bytes, "x"),
        Err("the archive has no x; it has manifest.json, cpu.pb.gz, host_1/heap.pb.gz".to_owned())
    );
}

#[test]
fn damage_is_said_and_never_a_panic() {
    let bytes = bundle();
    let all = zip::entries(&bytes).expect("entries");
    for length in 0..bytes.len() {
        // What is whole is found without the directory.
        let n_whole = all.iter().filter(|entry| entry.start + entry.n_packed <= length).count();
        let found = zip::entries(&bytes[..length]);
        match n_whole {
            0 => assert!(found.is_err(), "{length}"),
            _ => assert_eq!(found.as_deref(), Ok(&all[..n_whole]), "{length}"),
        }
    }
    for at in 0..bytes.len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bits;
            let _ = member(&flipped, "cpu.pb.gz");
        }
    }
    let mut wrong = bytes.clone();
    let at = bytes.windows(7).position(|window| window == b"profile").expect("the content");
    wrong[at] = b'P';
    assert_eq!(
        member(&wrong, "cpu.pb.gz"),
        Err("cpu.pb.gz in the archive is damaged: its checksum is wrong".to_owned())
    );
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../x", "/x", "a/../b", "a//b", "", ".", "a\0b"] {
        assert!(!is_inside(name), "{name}");
    }
    assert!(is_inside("a/b.c") && is_inside("a/b/") && is_inside("10:00:00.pb.gz"));
    let bytes = bundle();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("host_1/heap"));
    let mut out = bytes;
    // The name in the directory, which is the last one.
    let at = out.windows(6).rposition(|window| window == b"host_1").expect("the name");
    out[at..at + 6].copy_from_slice(b"../../");
    assert!(zip::entries(&out).is_err_and(|error| error.contains("leads out of it")));
}

/// A tar file of two files, a folder and a link.
fn tar_file() -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut add = |name: &str, kind: ::tar::EntryType, content: &[u8]| {
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content).expect("a vector");
    };
    add("runs", ::tar::EntryType::Directory, b"");
    add("runs/cpu.pb.gz", ::tar::EntryType::Regular, b"profile");
    add("runs/link", ::tar::EntryType::Symlink, b"");
    let long = format!("{}/heap.pb.gz", "long".repeat(60));
    add(&long, ::tar::EntryType::Regular, &[7; 1000]);
    builder.into_inner().expect("a vector")
}

#[test]
fn of_tar_files_what_is_whole_is_read_and_damage_is_said() {
    let bytes = tar_file();
    let read = |bytes: &[u8]| Archive::read(FileBytes::from(bytes.to_vec()));
    let archive = read(&bytes).expect("an archive");
    assert_eq!(archive.members().len(), 2, "{}", archive.names());
    assert_eq!(archive.damage(), None);
    assert_eq!(archive.content_of("runs/cpu.pb.gz").as_deref(), Ok(&b"profile"[..]));
    assert!(archive.members()[1].name.ends_with("long/heap.pb.gz"), "{}", archive.names());
    for length in (0..bytes.len()).step_by(37) {
        // Never a panic; and the first file is there as soon as it is whole.
        let found = read(&bytes[..length]);
        let has_first = found.is_ok_and(|found| found.content_of("runs/cpu.pb.gz").is_ok());
        assert_eq!(has_first, length >= 1024 + 7, "{length}");
    }
    let cut = read(&bytes[..bytes.len() - 2048]).expect("the first file");
    assert!(cut.damage().is_some_and(|damage| damage.contains("cut off within")), "{:?}", cut.damage());
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x80;
        let _ = member(&flipped, "runs/cpu.pb.gz");
    }
}

#[test]
fn a_file_that_claims_to_be_large_takes_no_memory() {
    let mut bytes = bundle();
    let central = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("a directory");
    // Deflated, of 4 GB less one.
    bytes[central + 10..central + 12].copy_from_slice(&8_u16.to_le_bytes());
    bytes[central + 24..central + 28].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    let error = member(&bytes, "manifest.json").expect_err("a claim");
    assert!(error.starts_with("manifest.json in the archive "), "{error}");
}
