#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;

const TOLERANCE: Duration = Duration::from_mins(5);

fn secret(text: &str) -> Secret {
    Secret::parse(text).unwrap()
}

fn at(secs: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(secs).unwrap()
}

/// Secret, id, timestamp, body, signature: from the tests of the Standard Webhooks reference libraries.
const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
];

#[test]
fn signs_and_verifies_the_vectors_of_standard_webhooks() {
    for (text, id, timestamp_secs, body, signature) in VECTORS {
        let secret = secret(text);
        assert_eq!(sign_v1(&secret, id, timestamp_secs, body.as_bytes()), signature);
        let with_others = format!("v1a,AAAA v1,bm9wZQ== {signature} v2,x");
        let received = Received { id, timestamp_secs, signatures: &with_others, body: body.as_bytes() };
        assert_eq!(verify_v1([&secret], received, at(timestamp_secs), TOLERANCE), Ok(()));
    }
}

#[test]
fn signs_and_verifies_the_example_of_githubs_documentation() {
    let secret = secret("It's a Secret to Everybody");
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(sign_hex(&secret, b"Hello, World!"), expected);
    assert_eq!(verify_hex(&secret, expected, b"Hello, World!"), Ok(()));
    let shouted = format!("sha256={}", expected["sha256=".len()..].to_uppercase());
    assert_eq!(verify_hex(&secret, &shouted, b"Hello, World!"), Ok(()));
    for wrong in [
        "",
        "sha256=",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "sha256=75",
        "sha1=75",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1g",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043eé",
    ] {
        assert_eq!(verify_hex(&secret, wrong, b"Hello, World!"), Err(Unverified::Signature), "{wrong}");
    }
    assert_eq!(verify_hex(&secret, expected, b"Hello, World?"), Err(Unverified::Signature));
}

#[test]
fn a_key_longer_than_a_block_is_what_hmac_makes_of_it() {
    for text in ["a".repeat(16), "a".repeat(63), "a".repeat(64), "a".repeat(65), "é".repeat(128)] {
        let reference = Hmac::<Sha256>::new_from_slice(text.as_bytes()).unwrap();
        let expected = reference.chain_update(b"body").finalize().into_bytes();
        assert_eq!(mac(&secret(&text)).chain_update(b"body").finalize().into_bytes(), expected);
    }
}

#[test]
fn the_timestamp_is_held_to_the_tolerance_both_ways() {
    let secret = secret("plain text of enough length");
    let signatures = standard_header([&secret], "dlv_1", 1000, b"{}");
    let received = Received { id: "dlv_1", timestamp_secs: 1000, signatures: &signatures, body: b"{}" };
    for (now, expected) in [
        (1000, Ok(())),
        (1300, Ok(())),
        (700, Ok(())),
        (1301, Err(Unverified::TooOld)),
        (699, Err(Unverified::TooNew)),
    ] {
        assert_eq!(verify_v1([&secret], received, at(now), TOLERANCE), expected, "{now}");
    }
    let far = Received { timestamp_secs: i64::MIN, ..received };
    assert_eq!(verify_v1([&secret], far, at(1000), TOLERANCE), Err(Unverified::TooOld));
}

#[test]
fn in_an_overlap_either_secret_verifies() {
    let (new, old) = (Secret::generate([1; 32]), Secret::generate([2; 32]));
    let header = standard_header([&new, &old], "dlv_1", 1000, b"{}");
    let each = [sign_v1(&new, "dlv_1", 1000, b"{}"), sign_v1(&old, "dlv_1", 1000, b"{}")];
    assert_eq!(header, each.join(" "));
    let received = Received { id: "dlv_1", timestamp_secs: 1000, signatures: &header, body: b"{}" };
    for one in [&new, &old] {
        assert_eq!(verify_v1([one], received, at(1000), TOLERANCE), Ok(()));
    }
    let other = Secret::generate([3; 32]);
    assert_eq!(verify_v1([&other], received, at(1000), TOLERANCE), Err(Unverified::Signature));
    assert_eq!(verify_v1([], received, at(1000), TOLERANCE), Err(Unverified::Signature));
    assert_eq!(verify_v1([&other, &old], received, at(1000), TOLERANCE), Ok(()));
}

#[test]
fn every_part_is_signed() {
    let secret = Secret::generate([7; 32]);
    let signatures = sign_v1(&secret, "dlv_1", 1000, b"{}");
    let right = Received { id: "dlv_1", timestamp_secs: 1000, signatures: &signatures, body: b"{}" };
    let upper = signatures.to_uppercase();
    for wrong in [
        Received { id: "dlv_2", ..right },
        Received { timestamp_secs: 1001, ..right },
        Received { body: b"{ }", ..right },
        Received { signatures: "", ..right },
        Received { signatures: &signatures[3..], ..right },
        Received { signatures: &signatures[..signatures.len() - 1], ..right },
        Received { signatures: &upper, ..right },
        Received { signatures: "v1,", ..right },
    ] {
        let answer = verify_v1([&secret], wrong, at(1000), TOLERANCE);
        assert_eq!(answer, Err(Unverified::Signature), "{wrong:?}");
    }
}

#[test]
fn reads_secrets_and_says_what_is_wrong_with_others() {
    let coded = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
    for text in
        [coded(24), coded(32), coded(64), "p".repeat(16), "é".repeat(128), "with a space inside".into()]
    {
        assert_eq!(secret(&text).expose(), text);
    }
    assert_eq!(secret(&coded(24)).key(), [7; 24]);
    assert_eq!(secret("sixteen letters!").key(), b"sixteen letters!");
    for (text, expected) in [
        (coded(23), NotASecret::KeyLength(23)),
        (coded(65), NotASecret::KeyLength(65)),
        ("whsec_".into(), NotASecret::KeyLength(0)),
        ("whsec_plain text, not base64 at all".into(), NotASecret::NotBase64),
        (coded(32).trim_end_matches('=').into(), NotASecret::NotBase64),
        (coded(32).replace('=', "\n"), NotASecret::NotBase64),
        (String::new(), NotASecret::PlainLength(0)),
        ("p".repeat(15), NotASecret::PlainLength(15)),
        ("p".repeat(129), NotASecret::PlainLength(129)),
        (format!("{}\n", "p".repeat(20)), NotASecret::PlainCharacters),
        (format!(" {}", "p".repeat(20)), NotASecret::PlainCharacters),
        (format!("{}\0{}", "p".repeat(20), "p"), NotASecret::PlainCharacters),
    ] {
        assert_eq!(Secret::parse(&text).unwrap_err(), expected, "{text:?}");
    }
}

#[test]
fn a_secret_is_hidden_but_for_its_hint() {
    let generated = Secret::generate([0xff; 32]);
    assert_eq!(generated.expose(), "whsec_//////////////////////////////////////////8=");
    assert_eq!(generated.hint(), "//8=");
    assert_eq!(secret(generated.expose()).key(), [0xff; 32]);
    assert_eq!(secret("ends in four: äöüß").hint(), "äöüß");
    assert_eq!(
        format!("{generated:?} {:#?}", Some(&generated)),
        "Secret(hidden) Some(\n    Secret(hidden),\n)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_verifies_and_nothing_near_it_does(
        random in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
        id in "[a-z0-9_]{1,40}",
        now in 0..4_000_000_000_i64,
        body in prop::collection::vec(any::<u8>(), 0..200),
        flip in any::<prop::sample::Index>(),
    ) {
        prop_assume!(random != other);
        let (secret, other) = (Secret::generate(random), Secret::generate(other));
        let (header, hex) = (standard_header([&secret], &id, now, &body), sign_hex(&secret, &body));
        let received = Received { id: &id, timestamp_secs: now, signatures: &header, body: &body };
        prop_assert_eq!(verify_v1([&secret], received, at(now), TOLERANCE), Ok(()));
        prop_assert_eq!(verify_v1([&other], received, at(now), TOLERANCE), Err(Unverified::Signature));
        prop_assert_eq!(verify_hex(&secret, &hex, &body), Ok(()));
        prop_assert_eq!(verify_hex(&other, &hex, &body), Err(Unverified::Signature));
        let mut changed = body.clone();
        changed.push(0);
        let at_bit = flip.index(changed.len() * 8);
        changed[at_bit / 8] ^= 1 << (at_bit % 8);
        let received = Received { body: &changed, ..received };
        prop_assert_eq!(verify_v1([&secret], received, at(now), TOLERANCE), Err(Unverified::Signature));
        prop_assert_eq!(verify_hex(&secret, &hex, &changed), Err(Unverified::Signature));
    }

    #[test]
    fn verifying_never_panics(header in any::<String>(), near in "(v1|v1a|sha256)[,=][0-9a-zA-Z+/= ]{0,90}", stamp in any::<i64>()) {
        let secret = Secret::generate([1; 32]);
        for signatures in [&header, &near] {
            let received = Received { id: "", timestamp_secs: stamp, signatures, body: b"" };
            prop_assert!(verify_v1([&secret], received, at(0), TOLERANCE).is_err());
            prop_assert!(verify_hex(&secret, signatures, b"").is_err());
        }
        let _ = Secret::parse(&header);
    }
}
