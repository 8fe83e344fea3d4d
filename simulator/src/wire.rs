//! The few packets of MQTT 3.1.1 that a device needs, as bytes.
//!
//! Nothing is read or sent here. Written by hand, since the player has to know at every instant
//! which message is whose, and the load has to cost less than what it measures: a packet is
//! encoded once and parsed without a copy.

/// Longer packets than this are not read; nobody sends us more than a clock.
pub const PACKET_BYTES_MAX: usize = 1024 * 1024;

/// The longest remaining length that the protocol can write down.
pub const REMAINING_LENGTH_MAX: usize = 268_435_455;

pub const PINGREQ: [u8; 2] = [0xc0, 0];
pub const DISCONNECT: [u8; 2] = [0xe0, 0];

const DUP: u8 = 0x08;
const QOS_1: u8 = 0x02;
const RETAIN: u8 = 0x01;

/// What a broker tells a device.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    ConnAck {
        code: u8,
    },
    /// `reason` is 0 unless the broker refuses in MQTT 5's words, which some do to 3.1.1 clients.
    PubAck {
        id: u16,
        reason: u8,
    },
    Publish {
        topic: &'a str,
        payload: &'a [u8],
    },
    SubAck {
        code: u8,
    },
    PingResp,
    /// The broker's farewell, in MQTT 5's words.
    Disconnect,
}

/// What no broker should have sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("the broker sent a packet of type {0}, which a device never gets")]
    Unexpected(u8),
    #[error("the broker sent a packet of more than 1 MiB")]
    TooLong,
    #[error("the broker sent a packet that does not fit its own length")]
    Malformed,
}

/// The first whole packet of the buffer and how many bytes it took; `None` if there is none yet.
pub fn first(buffer: &[u8]) -> Result<Option<(Packet<'_>, usize)>, WireError> {
    let Some((length, header)) = remaining_length(buffer)? else {
        return Ok(None);
    };
    let Some(body) = buffer.get(header..header + length) else {
        return Ok(None);
    };
    Ok(Some((parse(buffer[0], body)?, header + length)))
}

/// The remaining length and where the body begins.
fn remaining_length(buffer: &[u8]) -> Result<Option<(usize, usize)>, WireError> {
    let mut length = 0;
    for (place, byte) in buffer.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let header = place + 2;
            return if length > PACKET_BYTES_MAX {
                Err(WireError::TooLong)
            } else {
                Ok(Some((length, header)))
            };
        }
    }
    if buffer.len() >= 5 { Err(WireError::Malformed) } else { Ok(None) }
}

fn parse(first: u8, body: &[u8]) -> Result<Packet<'_>, WireError> {
    match (first >> 4, body) {
        (2, [_, code, ..]) => Ok(Packet::ConnAck { code: *code }),
        (3, _) => publish_in(first, body),
        (4, [high, low, rest @ ..]) => {
            let reason = rest.first().copied().unwrap_or(0);
            Ok(Packet::PubAck { id: u16::from_be_bytes([*high, *low]), reason })
        }
        (9, [_, _, code, ..]) => Ok(Packet::SubAck { code: *code }),
        (13, []) => Ok(Packet::PingResp),
        (14, _) => Ok(Packet::Disconnect),
        (2 | 4 | 9 | 13, _) => Err(WireError::Malformed),
        (other, _) => Err(WireError::Unexpected(other)),
    }
}

fn publish_in(first: u8, body: &[u8]) -> Result<Packet<'_>, WireError> {
    let [high, low, rest @ ..] = body else {
        return Err(WireError::Malformed);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let (topic, rest) = rest.split_at_checked(length).ok_or(WireError::Malformed)?;
    let topic = std::str::from_utf8(topic).map_err(|_| WireError::Malformed)?;
    let id = if first & 0x06 == 0 { 0 } else { 2 };
    let payload = rest.get(id..).ok_or(WireError::Malformed)?;
    Ok(Packet::Publish { topic, payload })
}

/// Who connects.
#[derive(Debug, Clone, Default)]
pub struct Login<'a> {
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    pub keep_alive_s: u16,
}

/// A clean session: whoever uses this remembers for itself what is not acknowledged.
pub fn connect(out: &mut Vec<u8>, login: &Login<'_>) {
    const CLEAN: u8 = 0x02;
    let mut flags = CLEAN;
    let mut body = Vec::new();
    string(&mut body, "MQTT");
    body.extend_from_slice(&[4, 0]);
    body.extend_from_slice(&login.keep_alive_s.to_be_bytes());
    string(&mut body, login.client_id);
    for (text, flag) in [(login.user, 0x80), (login.password, 0x40)] {
        if let Some(text) = text {
            flags |= flag;
            string(&mut body, text);
        }
    }
    body[7] = flags;
    out.push(0x10);
    put_length(out, body.len());
    out.extend_from_slice(&body);
}

/// A subscription at `QoS` 0.
pub fn subscribe(out: &mut Vec<u8>, id: u16, topic: &str) {
    out.push(0x82);
    put_length(out, 2 + 2 + topic.len() + 1);
    out.extend_from_slice(&id.to_be_bytes());
    string(out, topic);
    out.push(0);
}

/// A message at `QoS` 1.
pub fn publish(out: &mut Vec<u8>, id: u16, topic: &str, payload: &[u8], retained: bool) {
    out.push(0x30 | QOS_1 | if retained { RETAIN } else { 0 });
    put_length(out, 2 + topic.len() + 2 + payload.len());
    string(out, topic);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(payload);
}

/// Marks an encoded message as one that may have been delivered before.
pub fn mark_repeated(packet: &mut [u8]) {
    if let Some(first) = packet.first_mut() {
        *first |= DUP;
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn put_length(out: &mut Vec<u8>, mut length: usize) {
    while length > 0x7f {
        out.push(length as u8 & 0x7f | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use rumqttc::mqttbytes::v4::{self, Packet as Theirs};

    use super::*;

    fn read_by_another_codec(bytes: &[u8]) -> Theirs {
        let mut stream = BytesMut::from(bytes);
        let packet = v4::Packet::read(&mut stream, 10 * 1024 * 1024).unwrap();
        assert!(stream.is_empty(), "bytes are left over");
        packet
    }

    #[test]
    fn another_codec_reads_a_login_as_it_was_meant() {
        let mut out = Vec::new();
        let (client_id, user) = ("jikimi-sim", Some("usan"));
        let login = Login { client_id, user, password: Some("secret"), keep_alive_s: 60 };
        connect(&mut out, &login);
        let Theirs::Connect(read) = read_by_another_codec(&out) else { panic!("no connect") };
        assert_eq!((read.client_id.as_str(), read.keep_alive), ("jikimi-sim", 60));
        assert!(read.clean_session);
        let login = read.login.unwrap();
        assert_eq!((login.username.as_str(), login.password.as_str()), ("usan", "secret"));
    }

    #[test]
    fn another_codec_reads_messages_of_every_length_class() {
        for length in [0, 1, 100, 127, 128, 16_383, 16_384, 2_097_152] {
            let mut out = Vec::new();
            let payload = vec![b'x'; length];
            publish(&mut out, 513, "jikimi/v1/s/d/reading", &payload, true);
            mark_repeated(&mut out);
            let Theirs::Publish(read) = read_by_another_codec(&out) else { panic!("no message") };
            assert_eq!((read.pkid, read.topic.as_str()), (513, "jikimi/v1/s/d/reading"));
            assert!(read.retain && read.dup);
            assert_eq!(read.payload, payload);
        }
    }

    #[test]
    fn what_another_codec_writes_is_read() {
        let mut out = BytesMut::new();
        v4::PubAck::new(700).write(&mut out).unwrap();
        let message = v4::Publish::new("jikimi/v1/clock", rumqttc::QoS::AtMostOnce, "{}");
        message.write(&mut out).unwrap();
        v4::PingResp.write(&mut out).unwrap();

        let mut rest = &out[..];
        let mut packets = Vec::new();
        while let Some((packet, used)) = first(rest).unwrap() {
            packets.push(packet);
            rest = &rest[used..];
        }
        let clock = Packet::Publish { topic: "jikimi/v1/clock", payload: b"{}" };
        let expected = [Packet::PubAck { id: 700, reason: 0 }, clock, Packet::PingResp];
        assert_eq!(packets, expected);
        assert!(rest.is_empty());
    }

    #[test]
    fn a_packet_that_has_only_half_arrived_is_waited_for() {
        let mut out = Vec::new();
        publish(&mut out, 1, "t", &[b'x'; 200], false);
        for length in 0..out.len() {
            assert_eq!(first(&out[..length]), Ok(None), "{length}");
        }
        assert!(first(&out).unwrap().is_some());
    }

    #[test]
    fn a_refusal_in_the_words_of_mqtt_5_is_noticed() {
        let refused = [0x40, 4, 0, 9, 0x97, 0];
        assert_eq!(first(&refused), Ok(Some((Packet::PubAck { id: 9, reason: 0x97 }, 6))));
    }

    #[test]
    fn nonsense_is_an_error_and_not_a_wait() {
        assert_eq!(first(&[0x40, 1, 7]), Err(WireError::Malformed));
        assert_eq!(first(&[0x10, 0]), Err(WireError::Unexpected(1)));
        assert_eq!(first(&[0x30, 0xff, 0xff, 0xff, 0x7f]), Err(WireError::TooLong));
        assert_eq!(first(&[0x30, 0xff, 0xff, 0xff, 0xff]), Err(WireError::Malformed));
    }
}
