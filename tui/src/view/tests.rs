use crate::testkit::{Rig, desk};

#[test]
fn x() {
    for (w, h) in [(120, 30), (60, 15), (80, 24)] {
        let mut rig = Rig::new(w, h, desk());
        println!("{}", rig.screen());
        rig.press("enter r")
            .write("Got it, I passed the new code on");
        println!("{}", rig.screen());
        rig.press("enter");
        println!("{}", rig.screen());
    }
}
