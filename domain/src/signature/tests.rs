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

/// Seed, public key, id, timestamp, body, signature.
type V1aVector = ([u8; 32], &'static str, &'static str, i64, &'static str, &'static str);

/// The first seed and its key are those of RFC 8032, section 7.1,
/// test 1; the signatures were made with another implementation (OpenSSL's, through pyca/cryptography 48).
const V1A_VECTORS: [V1aVector; 2] = [
    (
        [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
            0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ],
        "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw==",
    ),
    (
        [
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 30, 31,
        ],
        "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
        "dlv_1",
        1_700_000_000,
        "",
        "v1a,5kGb1dRjg93bS661KmhDHdBzWJGKKwC/nET/jv5TFz1uC0eXhDDSgwUw5HwPFZCteHbWuI6X9OesNcx3kjQNCA==",
    ),
];

#[test]
fn signs_and_verifies_the_vectors_of_another_ed25519() {
    for (seed, public, id, timestamp_secs, body, signature) in V1A_VECTORS {
        let key = SigningKey::from_seed(&seed);
        assert_eq!(key.public().to_string(), public);
        assert_eq!(public.parse(), Ok(key.public()));
        assert_eq!(sign_v1a(&key, id, timestamp_secs, body.as_bytes()), signature);
        let with_others = format!("v1,AAAA v1a,bm9wZQ== {signature} v2,x");
        let received = Received { id, timestamp_secs, signatures: &with_others, body: body.as_bytes() };
        let verify = |received| verify_v1a(&key.public(), received, at(timestamp_secs), TOLERANCE);
        assert_eq!(verify(received), Ok(()));
        let renamed = with_others.replace("v1a,", "v1,");
        for near in [
            Received { id: "another", ..received },
            Received { body: b"{}", ..received },
            Received { timestamp_secs: timestamp_secs + 1, ..received },
            Received { signatures: &renamed, ..received },
        ] {
            assert_eq!(verify(near), Err(Unverified::Signature), "{near:?}");
        }
        let other = SigningKey::from_seed(&[9; 32]).public();
        let by_other = verify_v1a(&other, received, at(timestamp_secs), TOLERANCE);
        assert_eq!(by_other, Err(Unverified::Signature));
        let late = verify_v1a(&key.public(), received, at(timestamp_secs + 301), TOLERANCE);
        assert_eq!(late, Err(Unverified::TooOld));
    }
}

#[test]
fn a_public_key_is_one_and_no_key_shows_its_half_that_signs() {
    let good = V1A_VECTORS[0].1;
    let weak = format!("whpk_{}=", "A".repeat(43));
    for wrong in ["", "whpk_", &good[5..], &good[..good.len() - 1], &format!("{good}A"), "whsk_AAAA", &weak] {
        assert_eq!(wrong.parse::<PublicKey>(), Err(NotAPublicKey), "{wrong}");
    }
    assert_eq!(format!("{:?}", SigningKey::from_seed(&[7; 32])), "SigningKey(hidden)");
}

#[test]
fn both_kinds_stand_in_one_header() {
    let (secret, key) = (Secret::generate([1; 32]), SigningKey::from_seed(&[2; 32]));
    let header = standard_header([Signer::V1(&secret), Signer::V1a(&key)], "dlv_1", 1000, b"{}");
    let received = Received { id: "dlv_1", timestamp_secs: 1000, signatures: &header, body: b"{}" };
    assert_eq!(verify_v1([&secret], received, at(1000), TOLERANCE), Ok(()));
    assert_eq!(verify_v1a(&key.public(), received, at(1000), TOLERANCE), Ok(()));
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
    let signatures = standard_header([Signer::V1(&secret)], "dlv_1", 1000, b"{}");
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
    let header = standard_header([&new, &old].map(Signer::V1), "dlv_1", 1000, b"{}");
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
        let (header, hex) = (standard_header([Signer::V1(&secret)], &id, now, &body), sign_hex(&secret, &body));
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
            let key = SigningKey::from_seed(&[1; 32]).public();
            prop_assert!(verify_v1a(&key, received, at(0), TOLERANCE).is_err());
            prop_assert!(verify_hex(&secret, signatures, b"").is_err());
        }
        let _ = Secret::parse(&header);
        let _ = header.parse::<PublicKey>();
    }
}
