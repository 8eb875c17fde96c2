//! The examples of the specification: JSON format, §3.2 and §4.3, which are taken here or refused with what to change.

use super::*;

fn example(id: &str, more: &str) -> String {
    format!(
        r#"{{
    "specversion" : "1.0",
    "type" : "com.example.someevent",
    "source" : "/mycontext",
    "subject": null,
    "id" : "{id}",
    "time" : "2018-04-05T17:31:00Z",
    "comexampleextension1" : "value",
    "comexampleothervalue" : 5,
    "unsetextension": null,
    {more}
}}"#
    )
}

const OBJECT: &str = r#"{
        "appinfoA" : "abc",
        "appinfoB" : 123,
        "appinfoC" : true
    }"#;

#[test]
fn json_and_strings_are_taken() {
    let object =
        example("C234-1234-1234", &format!(r#""datacontenttype" : "application/json", "data" : {OBJECT}"#));
    let string = example("D234-1234-1234", r#""data" : "I'm just a string""#);
    for (body, data) in [(object, OBJECT), (string, r#""I'm just a string""#)] {
        let read = read(&body).unwrap();
        assert_eq!((read.event_type.as_str(), read.data.get()), ("com.example.someevent", data));
        assert_eq!(read.occurred_at, Some(time::macros::datetime!(2018-04-05 17:31:00 UTC)));
        let kept = json!({
            "source": "/mycontext",
            "extensions": {"comexampleextension1": "value", "comexampleothervalue": 5},
        });
        assert_eq!(serde_json::to_value(read.attributes).unwrap(), kept);
    }
}

#[test]
fn the_same_is_taken_in_binary_mode() {
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.someevent"),
        ("ce-source", "/mycontext"),
        ("ce-id", "D234-1234-1234"),
        ("ce-time", "2018-04-05T17:31:00Z"),
        ("ce-comexampleextension1", "value"),
        ("ce-comexampleothervalue", "5"),
    ];
    let read = read_binary(&headers, Some("application/json"), "\"I'm just a string\"").unwrap();
    assert_eq!((read.key.as_str(), read.data.get()), ("D234-1234-1234", "\"I'm just a string\""));
    // A header has no types.
    let kept = json!({"comexampleextension1": "value", "comexampleothervalue": "5"});
    assert_eq!(serde_json::to_value(read.attributes.extensions).unwrap(), kept);
}

#[test]
fn binary_data_and_xml_are_refused_with_what_to_change() {
    let thrift = r#""datacontenttype" : "application/vnd.apache.thrift.binary", "data_base64" : "... base64 encoded string ...""#;
    let wrong = places(read(&example("A234-1234-1234", thrift)));
    let names: Vec<&str> = wrong.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(names, ["/data_base64", "/datacontenttype"]);
    let xml = r#""datacontenttype" : "application/xml", "data" : "<much wow=\"xml\"/>""#;
    let wrong = places(read(&example("B234-1234-1234", xml)));
    assert_eq!(wrong.len(), 1);
    assert!(
        wrong[0].0 == "/datacontenttype" && wrong[0].1.contains("send any other data as JSON"),
        "{wrong:?}"
    );
}

#[test]
fn those_of_the_documentation_are_taken() {
    let document = include_str!("../../../../docs/cloudevents.md");
    let examples =
        document.split("```json cloudevent\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    assert_eq!(
        examples.map(|example| read(example).unwrap().key.as_str().to_owned()).collect::<Vec<_>>(),
        ["order-42-paid"]
    );
}
