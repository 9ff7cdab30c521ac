//! What the simulator counts is what Twilio's own calculator counts.

use crate::world::World;
use serde_json::Value;

#[tokio::test]
async fn a_text_takes_the_segments_that_twilio_s_calculator_gives_it() {
    let vectors = include_str!("../../../common/tests/vectors/segment-vectors.json");
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    assert!(vectors.len() >= 100);
    let world = World::new().await;
    for vector in vectors {
        let body = vector["body"].as_str().unwrap();
        // Twilio takes no text without words.
        if body.trim().is_empty() {
            continue;
        }
        let (status, created) = world.create(&[("Body", body)]).await;
        assert_eq!(status.as_u16(), 201, "{created}");
        let expected = vector["segments"].to_string();
        assert_eq!(created["num_segments"], *expected, "{}", vector["note"]);
    }
}
