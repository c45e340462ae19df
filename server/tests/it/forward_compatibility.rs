//! Services with fields that this gateway does not know: its public responses do not change.
//!
//! A proxy before each service adds fields to every message of every response, also to nested
//! messages, as a newer service would.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_util::{Stream, stream};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_types::FileDescriptorSet;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tower::{Service as _, ServiceExt as _};
use vitae_contracts_services::FILE_DESCRIPTOR_SET;
use vitae_sdk::{Client, CreateResume, CreateUser, Event, ExposeSecret as _, RawValue};

use crate::checker::until_quiet;
use crate::raw_http::{Response, send_one};
use crate::system::{ROLES, System};
use crate::vitaed::{PASSWORD, TIMEOUT, Vitaed, client_of};

/// Fields that no message has.
const NEWER: [u32; 2] = [9998, 9999];
/// Whose payload is a message, too, which the descriptor does not tell.
const EVENT: (&str, u32) = (".vitae.events.v1.Event", 9);

/// The messages of all protos.
struct Contracts {
    /// The response type of a method, by its path.
    responses: HashMap<String, String>,
    /// The type of a message field, by the enclosing type and the field number.
    fields: HashMap<(String, u32), String>,
}

impl Contracts {
    fn read() -> Self {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap().file;
        let (mut responses, mut fields) = (HashMap::new(), HashMap::new());
        for file in &files {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    responses.insert(path, method.output_type().to_owned());
                }
            }
            for message in &file.message_type {
                let name = format!(".{}.{}", file.package(), message.name());
                for field in message.field.iter().filter(|field| !field.type_name().is_empty()) {
                    // Enums have a name, too, but are no messages; their fields are varints.
                    let number = field.number().cast_unsigned();
                    fields.insert((name.clone(), number), field.type_name().to_owned());
                }
            }
        }
        Self { responses, fields }
    }

    /// The message with more fields, and so are the messages in it.
    fn grow(&self, mut message: &[u8], name: &str) -> Vec<u8> {
        let mut grown = Vec::new();
        while !message.is_empty() {
            let (number, wire) = decode_key(&mut message).unwrap();
            encode_key(number, wire, &mut grown);
            match wire {
                WireType::Varint => encode_varint(decode_varint(&mut message).unwrap(), &mut grown),
                WireType::SixtyFourBit => grown.extend(message.split_to(8)),
                WireType::ThirtyTwoBit => grown.extend(message.split_to(4)),
                WireType::LengthDelimited => {
                    let length = usize::try_from(decode_varint(&mut message).unwrap()).unwrap();
                    let value = message.split_to(length);
                    let value = match self.fields.get(&(name.to_owned(), number)) {
                        Some(inner) => self.grow(value, inner),
                        None if (name, number) == EVENT => self.grow(value, "unknown"),
                        None => value.to_vec(),
                    };
                    encode_varint(value.len() as u64, &mut grown);
                    grown.extend(value);
                }
                WireType::StartGroup | WireType::EndGroup => panic!("no proto of ours has groups"),
            }
        }
        encode_key(NEWER[0], WireType::Varint, &mut grown);
        encode_varint(7, &mut grown);
        encode_key(NEWER[1], WireType::LengthDelimited, &mut grown);
        encode_varint(5, &mut grown);
        grown.extend(b"newer");
        grown
    }
}

trait SplitTo {
    fn split_to(&mut self, at: usize) -> Self;
}

impl SplitTo for &[u8] {
    fn split_to(&mut self, at: usize) -> Self {
        let (taken, rest) = self.split_at(at);
        *self = rest;
        taken
    }
}

/// A proxy before the service at this URL; ends with the test.
async fn proxy(url: &str, contracts: Arc<Contracts>) -> String {
    let channel = Endpoint::from_shared(url.to_owned()).unwrap().connect().await.unwrap();
    let router = Router::new().fallback(forward).with_state((channel, contracts));
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    tokio::spawn(Server::builder().add_routes(Routes::from(router)).serve_with_incoming(incoming));
    format!("http://{address}")
}

async fn forward(
    State((mut channel, contracts)): State<(Channel, Arc<Contracts>)>,
    request: Request,
) -> http::Response<Body> {
    let response = contracts.responses.get(request.uri().path()).cloned();
    let answered = channel.ready().await.unwrap().call(request.map(Body::new)).await.unwrap();
    // `grpc.health.v1` is no contract of ours.
    let Some(response) = response else { return answered.map(Body::new) };
    answered.map(|body| Body::new(StreamBody::new(grown(body, contracts, response))))
}

/// The frames of a response, with each of its messages grown.
fn grown(
    body: Body,
    contracts: Arc<Contracts>,
    response: String,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    stream::unfold((body, BytesMut::new()), move |(mut body, mut read)| {
        let (contracts, response) = (Arc::clone(&contracts), response.clone());
        async move {
            loop {
                // A stream that breaks ends; what it was is for the gateway to find out.
                let frame = match body.frame().await?.ok()?.into_data() {
                    Ok(data) => data,
                    Err(trailers) => return Some((Ok(trailers), (body, read))),
                };
                read.extend_from_slice(&frame);
                let mut whole = BytesMut::new();
                while read.len() >= 5 {
                    let length = (&read[1..5]).get_u32() as usize;
                    if read.len() < 5 + length {
                        break;
                    }
                    assert_eq!(read[0], 0, "no message is compressed");
                    let message = contracts.grow(&read[5..5 + length], &response);
                    read.advance(5 + length);
                    whole.put_u8(0);
                    whole.put_u32(u32::try_from(message.len()).unwrap());
                    whole.extend_from_slice(&message);
                }
                if !whole.is_empty() {
                    return Some((Ok(Frame::data(whole.freeze())), (body, read)));
                }
            }
        }
    })
}

async fn get(address: SocketAddr, path: &str, token: &str) -> Response {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-request-id: the-same\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    send_one(address, request.as_bytes()).await
}

/// Returns every event by its id.
async fn events(client: &Client, many: usize) -> BTreeMap<String, String> {
    let mut streamed = BTreeMap::new();
    let mut stream = client.events().watch().after("a0.u0.r0").stream();
    let all = async {
        while streamed.len() < many {
            if let Event::Event { event_id, details, object, actor_id, .. } =
                stream.next().await.unwrap().unwrap()
            {
                streamed.insert(event_id.to_string(), format!("{details:?} {object:?} {actor_id:?}"));
            }
        }
    };
    tokio::time::timeout(TIMEOUT, all).await.expect("every event arrives");
    streamed
}

fn keys(value: &serde_json::Value) -> BTreeSet<&String> {
    value.as_object().unwrap().keys().collect()
}

#[tokio::test]
async fn unknown_fields_of_services_change_no_public_response() {
    let system = System::start().await;
    let contracts = Arc::new(Contracts::read());
    let mut command = crate::vitaed::program();
    command.args(["gateway", "--listen", "127.0.0.1:0"]);
    command.arg("--service-key-file").arg(system.directory.path().join("key"));
    for (peer, url) in ROLES.iter().zip(&system.urls).take(4) {
        command.args([format!("--{peer}"), proxy(url, Arc::clone(&contracts)).await]);
    }
    let newer = Vitaed::spawn(&mut command).await;

    let admin = system.admin().await;
    let through = client_of(&newer.url());
    through.auth().login("admin@localhost", &PASSWORD.to_owned().into()).await.unwrap();
    let person = CreateUser::new("ada@example.com", "Ada");
    let ada = through.users().create(&person).await.unwrap().id;
    let document = RawValue::from_string(r#"{"basics": {"name": "Ada"}, "n": 1.10}"#.to_owned()).unwrap();
    let tags = vec!["one".to_owned()];
    let resume = CreateResume::new("Of Ada", document).owner_id(ada).tags(tags);
    let by_newer = serde_json::to_value(through.resumes().create(&resume).await.unwrap()).unwrap();
    let by_this = serde_json::to_value(admin.resumes().create(&resume).await.unwrap()).unwrap();
    assert_eq!(keys(&by_newer), keys(&by_this));
    until_quiet(&system.data()).await;

    let token = admin.auth().access_token().await.unwrap().expose_secret().to_owned();
    let this = system.urls[4].strip_prefix("http://").unwrap().parse().unwrap();
    let id = by_newer["id"].as_str().unwrap();
    for path in [
        "/v1/me".to_owned(),
        "/v1/me/sessions".to_owned(),
        "/v1/users?count=true".to_owned(),
        format!("/v1/users/{ada}"),
        format!("/v1/users/{ada}/sessions"),
        "/v1/resumes?count=true&limit=1".to_owned(),
        format!("/v1/resumes/{id}"),
        format!("/v1/resumes/{id}/revisions"),
        format!("/v1/resumes/{id}/revisions/1"),
        "/v1/audit?limit=500".to_owned(),
        format!("/v1/resumes/{ada}"),
        "/v1/users?cursor=none".to_owned(),
        "/.well-known/jwks.json".to_owned(),
    ] {
        let (expected, found) = (get(this, &path, &token).await, get(newer.address, &path, &token).await);
        assert_eq!((found.status, &found.body), (expected.status, &expected.body), "{path}");
        assert!(!found.body.is_empty(), "{path}");
    }
    let many = crate::checker::events(&system.data());
    assert_eq!(events(&through, many).await, events(&admin, many).await);
    system.stop().await;
}
