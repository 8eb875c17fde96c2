//! What the documentation of EventBridge and of its engine say, example by example: `detail` is `data` here.
//!
//! Cited: the user guide's "Comparison operators for use in event patterns" (operators), "Arrays in event patterns"
//! (arrays), "Matching events on null values and empty strings" (nulls), and the README of aws/event-ruler (ruler).

use super::matches;

/// Filters and data: the first list matches, the second does not.
fn check(yes: &[(&str, &str)], no: &[(&str, &str)]) {
    for (filter, data) in yes {
        assert!(matches(filter, data), "{filter} lets {data} through");
    }
    for (filter, data) in no {
        assert!(!matches(filter, data), "{filter} does not let {data} through");
    }
}

#[test]
fn exact_values() {
    let state = r#"{"data": {"state": ["initializing", "running"]}}"#;
    check(
        &[
            // ruler, simple matching: the value is one of those in the list.
            (state, r#"{"state": "running"}"#),
            (state, r#"{"state": "initializing", "other": 1}"#),
            // operators: and, equals.
            (
                r#"{"data": {"Location": ["New York"], "Day": ["Monday"]}}"#,
                r#"{"Location": "New York", "Day": "Monday"}"#,
            ),
            (r#"{"data": {"Price": [100]}}"#, r#"{"Price": 100}"#),
            // nulls: an empty text and null are values.
            (r#"{"data": {"eventVersion": [""]}}"#, r#"{"eventVersion": "", "responseElements": null}"#),
            (
                r#"{"data": {"responseElements": [null]}}"#,
                r#"{"eventVersion": "", "responseElements": null}"#,
            ),
            (r#"{"data": {"ok": [true]}}"#, r#"{"ok": true}"#),
        ],
        &[
            (state, r#"{"state": "stopped"}"#),
            (state, r#"{"state": "Running"}"#),
            (
                r#"{"data": {"Location": ["New York"], "Day": ["Monday"]}}"#,
                r#"{"Location": "New York", "Day": "Friday"}"#,
            ),
            // nulls: the two are not interchangeable, and neither is an absent field.
            (r#"{"data": {"eventVersion": [""]}}"#, r#"{"eventVersion": null}"#),
            (r#"{"data": {"eventVersion": [null]}}"#, r#"{"eventVersion": ""}"#),
            (r#"{"data": {"eventVersion": [null]}}"#, "{}"),
            (r#"{"data": {"ok": [true]}}"#, r#"{"ok": "true"}"#),
        ],
    );
}

#[test]
fn texts_in_part() {
    let caseless = r#"{"data": {"service": [{"prefix": {"equals-ignore-case": "eventb"}}]}}"#;
    let ending = r#"{"data": {"service": [{"suffix": {"equals-ignore-case": "tBridge"}}]}}"#;
    let alice = r#"{"data": {"Name": [{"equals-ignore-case": "alice"}]}}"#;
    check(
        &[
            // operators: prefix, suffix, each ignoring case, equals ignoring case.
            (r#"{"data": {"time": [{"prefix": "2017-10-02"}]}}"#, r#"{"time": "2017-10-02T18:43:48Z"}"#),
            (r#"{"data": {"FileName": [{"suffix": ".png"}]}}"#, r#"{"FileName": "a.png"}"#),
            (caseless, r#"{"service": "EventBridge"}"#),
            (ending, r#"{"service": "EVENTBRIDGE"}"#),
            (alice, r#"{"Name": "ALICE"}"#),
            (r#"{"data": {"Name": [{"equals-ignore-case": "ÉLODIE"}]}}"#, r#"{"Name": "Élodie"}"#),
        ],
        &[
            (r#"{"data": {"time": [{"prefix": "2017-10-02"}]}}"#, r#"{"time": "2017-10-03T18:43:48Z"}"#),
            (r#"{"data": {"FileName": [{"suffix": ".png"}]}}"#, r#"{"FileName": "a.PNG"}"#),
            (caseless, r#"{"service": "event"}"#),
            (ending, r#"{"service": "bridge"}"#),
            (alice, r#"{"Name": "alice "}"#),
            // ruler: they work on texts only.
            (r#"{"data": {"n": [{"prefix": "1"}]}}"#, r#"{"n": 12}"#),
            (r#"{"data": {"n": [{"equals-ignore-case": "true"}]}}"#, r#"{"n": true}"#),
        ],
    );
}

#[test]
fn wildcards() {
    let dir = r#"{"data": {"FilePath": [{"wildcard": "dir/*.png"}]}}"#;
    check(
        &[
            // operators: any file with an extension in a folder.
            (dir, r#"{"FilePath": "dir/a.png"}"#),
            (dir, r#"{"FilePath": "dir/.png"}"#),
            (dir, r#"{"FilePath": "dir/sub/a.png"}"#),
            // ruler: a star and a backslash themselves are written with a backslash.
            (r#"{"data": {"t": [{"wildcard": "a\\*b\\\\*"}]}}"#, r#"{"t": "a*b\\c"}"#),
        ],
        &[
            (dir, r#"{"FilePath": "other/a.png"}"#),
            (dir, r#"{"FilePath": "dir/a.png.gz"}"#),
            (r#"{"data": {"t": [{"wildcard": "a\\*b\\\\*"}]}}"#, r#"{"t": "axb\\c"}"#),
        ],
    );
}

#[test]
fn anything_but() {
    let state = r#"{"data": {"state": [{"anything-but": "initializing"}]}}"#;
    let list = r#"{"data": {"state": [{"anything-but": ["stopped", "overloaded"]}]}}"#;
    let numbers = r#"{"data": {"x-limit": [{"anything-but": [100, 200, 300]}]}}"#;
    let region = r#"{"data": {"Region": [{"anything-but": {"prefix": "us-"}}]}}"#;
    let path = r#"{"data": {"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}}"#;
    let jars = r#"{"data": {"state": [{"anything-but": {"wildcard": ["*/bin/*.jar", "*/bin/*.class"]}}]}}"#;
    let caseless =
        r#"{"data": {"state": [{"anything-but": {"equals-ignore-case": ["Stopped", "OverLoaded"]}}]}}"#;
    let suffixes = r#"{"data": {"instance-id": [{"anything-but": {"suffix": ["1234", "6789"]}}]}}"#;
    check(
        &[
            (state, r#"{"state": "running"}"#),
            (state, r#"{"state": 5}"#),
            (state, r#"{"state": null}"#),
            (list, r#"{"state": "running"}"#),
            (r#"{"data": {"x-limit": [{"anything-but": 123}]}}"#, r#"{"x-limit": 122}"#),
            (numbers, r#"{"x-limit": 100.5}"#),
            (numbers, r#"{"x-limit": "100"}"#),
            (region, r#"{"Region": "eu-west-1"}"#),
            (path, r#"{"FilePath": "/usr/bin/x"}"#),
            (jars, r#"{"state": "/bin/a.txt"}"#),
            (caseless, r#"{"state": "running"}"#),
            (suffixes, r#"{"instance-id": "i-12345"}"#),
            // ruler: of an array, one element that is something else is enough.
            (state, r#"{"state": ["initializing", "running"]}"#),
        ],
        &[
            (state, r#"{"state": "initializing"}"#),
            (state, r#"{"state": ["initializing"]}"#),
            // It wants a value: an absent field is not anything.
            (state, "{}"),
            (list, r#"{"state": "overloaded"}"#),
            (numbers, r#"{"x-limit": 2.0e2}"#),
            (region, r#"{"Region": "us-east-1"}"#),
            (path, r#"{"FilePath": "/usr/lib/x"}"#),
            (jars, r#"{"state": "/bin/a.class"}"#),
            (caseless, r#"{"state": "STOPPED"}"#),
            (suffixes, r#"{"instance-id": "i-6789"}"#),
        ],
    );
}

#[test]
fn numbers() {
    let price = r#"{"data": {"Price": [{"numeric": [">", 10, "<=", 20]}]}}"#;
    check(
        &[
            // operators: more than 10, and less than or equal to 20.
            (price, r#"{"Price": 20}"#),
            (price, r#"{"Price": 10.000001}"#),
            // ruler, numeric matching.
            (r#"{"data": {"c-count": [{"numeric": [">", 0, "<=", 5]}]}}"#, r#"{"c-count": 5}"#),
            (r#"{"data": {"d-count": [{"numeric": ["<", 10]}]}}"#, r#"{"d-count": 3}"#),
            (r#"{"data": {"x-limit": [{"numeric": ["=", 3.018e2]}]}}"#, r#"{"x-limit": 301.8}"#),
            (r#"{"data": {"n": [{"numeric": [">=", 1]}]}}"#, r#"{"n": 1}"#),
        ],
        &[
            (price, r#"{"Price": 10}"#),
            (price, r#"{"Price": 20.000001}"#),
            (r#"{"data": {"d-count": [{"numeric": ["<", 10]}]}}"#, r#"{"d-count": 10}"#),
            // ruler: it works with JSON numbers only.
            (price, r#"{"Price": "15"}"#),
        ],
    );
}

#[test]
fn addresses() {
    let net = r#"{"data": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}"#;
    let v6 = r#"{"data": {"source-ip": [{"cidr": "2001:db8::/32"}]}}"#;
    check(
        &[
            // ruler, IP address matching, "also with IPv6 addresses".
            (net, r#"{"source-ip": "10.0.0.255"}"#),
            (net, r#"{"source-ip": "::ffff:10.0.0.1"}"#),
            (v6, r#"{"source-ip": "2001:DB8:1::1"}"#),
        ],
        &[
            (net, r#"{"source-ip": "10.0.1.0"}"#),
            (net, r#"{"source-ip": "10.0.0.0/24"}"#),
            (net, r#"{"source-ip": "010.0.0.1"}"#),
            (v6, r#"{"source-ip": "10.0.0.1"}"#),
            (v6, r#"{"source-ip": "2001:db9::1"}"#),
        ],
    );
}

#[test]
fn presence() {
    let there = r#"{"data": {"c-count": [{"exists": true}]}}"#;
    let absent = r#"{"data": {"c-count": [{"exists": false}]}}"#;
    let tier = r#"{"data": {"tier": [{"anything-but": ["gold", "silver"]}, {"exists": false}]}}"#;
    check(
        &[
            (there, r#"{"c-count": 5}"#),
            (there, r#"{"c-count": null}"#),
            (absent, r#"{"state": "running"}"#),
            // ruler: only leaf nodes; an object is none.
            (absent, r#"{"c-count": {"c1": 100}}"#),
            (tier, r#"{"tier": "bronze"}"#),
            (tier, "{}"),
        ],
        &[
            (there, "{}"),
            (there, r#"{"c-count": {"c1": 100}}"#),
            (there, r#"{"c-count": []}"#),
            (absent, r#"{"c-count": 5}"#),
            (absent, r#"{"c-count": null}"#),
            (tier, r#"{"tier": "gold"}"#),
        ],
    );
}

#[test]
fn arrays() {
    let resources = r#"{"data": {"resources": ["arn:1", "arn:2"]}}"#;
    let anna = r#"{"data": {"employees": {"firstName": ["Anna"]}}}"#;
    let smith = r#"{"data": {"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}}"#;
    let jones = r#"{"data": {"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}}"#;
    let flat = r#"{"employees": [{"firstName": "Anna", "lastName": "Smith"}, {"firstName": "Peter", "lastName": "Jones"}]}"#;
    let nested = r#"{"employees": [[{"firstName": "Anna", "lastName": "Smith"}], [{"firstName": "Peter", "lastName": "Jones"}]]}"#;
    check(
        &[
            // arrays: the intersection of the two is not empty.
            (resources, r#"{"resources": ["arn:0", "arn:2"]}"#),
            (resources, r#"{"resources": "arn:1"}"#),
            // ruler, JSON array matching: arrays are crushed out, of any number of levels.
            (anna, flat),
            (anna, nested),
            (smith, flat),
            (smith, nested),
        ],
        &[
            (resources, r#"{"resources": ["arn:0"]}"#),
            (resources, r#"{"resources": []}"#),
            // ruler: no two fields from different elements of the same array.
            (jones, flat),
            (jones, nested),
        ],
    );
}

#[test]
fn or() {
    // ruler, the $or primitive: "source" && ("metricName" || ("metricType" && "namespace" && ("metricId" || "spaceId")) || "scope").
    let nested = r#"{"data": {
        "source": ["aws.cloudwatch"],
        "$or": [
            {"metricName": ["CPUUtilization", "ReadLatency"]},
            {"metricType": ["MetricType"], "namespace": ["AWS/EC2", "AWS/ES"], "$or": [{"metricId": [1234]}, {"spaceId": [1000]}]},
            {"scope": ["Service"]}
        ]}}"#;
    // ruler, parallel: ("metricName" || "namespace") && ("source" || "type").
    let parallel = r#"{"data": {"$": ["x"],
        "$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}],
        "detail": {"$or": [{"source": ["aws.cloudwatch"]}, {"type": ["alarm"]}]}}}"#;
    check(
        &[
            (nested, r#"{"source": "aws.cloudwatch", "metricName": "ReadLatency"}"#),
            (nested, r#"{"source": "aws.cloudwatch", "scope": "Service"}"#),
            (
                nested,
                r#"{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES", "spaceId": 1000}"#,
            ),
            (parallel, r#"{"$": "x", "namespace": "AWS/EC2", "detail": {"type": "alarm"}}"#),
        ],
        &[
            (nested, r#"{"source": "aws.s3", "metricName": "ReadLatency"}"#),
            (nested, r#"{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES"}"#),
            (nested, r#"{"source": "aws.cloudwatch", "spaceId": 1000}"#),
            (parallel, r#"{"$": "x", "namespace": "AWS/EC2", "detail": {"type": "other"}}"#),
            (parallel, r#"{"$": "x", "detail": {"type": "alarm"}}"#),
        ],
    );
}
