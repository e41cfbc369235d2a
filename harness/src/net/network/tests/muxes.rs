use super::*;

fn open(lab: &mut Lab, conn: ConnRef) -> u32 {
    lab.net.open_stream(conn, Dialer).unwrap()
}

#[test]
fn a_substream_arrives_with_its_first_data() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let stream = open(&mut lab, conn);
    assert_eq!(lab.run(), 0);
    assert_eq!(lab.net.write(conn, Dialer, stream, b"hi", &ME), ready(2));
    assert_eq!(lab.net.finish(conn, Dialer, stream), Ok(()));
    assert_eq!(lab.run(), 1);
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(stream));
    assert_eq!(
        lab.read_stream(conn, Listener, stream),
        ready(b"hi".to_vec())
    );
    assert_eq!(lab.read_stream(conn, Listener, stream), ready(vec![]));
    assert_eq!(lab.net.write(conn, Listener, stream, b"ho", &ME), ready(2));
    assert_eq!(lab.net.finish(conn, Listener, stream), Ok(()));
    lab.run();
    assert_eq!(lab.read_stream(conn, Dialer, stream), ready(b"ho".to_vec()));
    assert_eq!(lab.read_stream(conn, Dialer, stream), ready(vec![]));
    assert_eq!(lab.net.resources(A).streams, 1);
    lab.net.drop_stream(conn, Dialer, stream);
    lab.net.drop_stream(conn, Listener, stream);
    assert_eq!(lab.run(), 0, "both had finished: no reset");
    assert_eq!(lab.net.resources(A).streams, 0);
    assert_eq!(lab.net.resources(B).streams, 0);
}

#[test]
fn dropping_an_unfinished_substream_resets_it_after_the_data_sent() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let stream = open(&mut lab, conn);
    assert_eq!(lab.net.write(conn, Dialer, stream, b"hi", &ME), ready(2));
    lab.net.drop_stream(conn, Dialer, stream);
    lab.run();
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(stream));
    assert_eq!(
        lab.read_stream(conn, Listener, stream),
        ready(b"hi".to_vec())
    );
    assert_eq!(
        lab.read_stream(conn, Listener, stream),
        failed(ConnError::Reset)
    );
}

#[test]
fn substreams_have_windows_of_their_own() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let (full, free) = (open(&mut lab, conn), open(&mut lab, conn));
    let much = vec![0; 1 << 20];
    assert_eq!(
        lab.net.write(conn, Dialer, full, &much, &ME),
        ready(256 << 10)
    );
    assert_eq!(lab.net.write(conn, Dialer, full, &much, &ME), Poll::Pending);
    assert_eq!(lab.net.write(conn, Dialer, free, b"x", &ME), ready(1));
    lab.run();
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(full));
    let read = lab.read_stream(conn, Listener, full);
    assert_eq!(read.map_ok(|bytes| bytes.len()), ready(256 << 10));
    assert!(lab.step(), "credit wakes the writer");
    assert_eq!(
        lab.net.write(conn, Dialer, full, &much, &ME),
        ready(256 << 10)
    );
}

#[test]
fn too_many_unaccepted_substreams_are_reset() {
    let config = NetworkConfig {
        substream_backlog: 1,
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Mux, config);
    let conn = lab.connect();
    let streams = [open(&mut lab, conn), open(&mut lab, conn)];
    for stream in streams {
        assert_eq!(lab.net.write(conn, Dialer, stream, b"x", &ME), ready(1));
    }
    lab.run();
    assert_eq!(lab.read_stream(conn, Dialer, streams[0]), Poll::Pending);
    assert_eq!(
        lab.read_stream(conn, Dialer, streams[1]),
        failed(ConnError::Reset)
    );
}

#[test]
fn the_remote_sees_an_orderly_close_after_the_data() {
    for dropped in [false, true] {
        let mut lab = Lab::new(ConnKind::Mux);
        let conn = lab.connect();
        let stream = open(&mut lab, conn);
        assert_eq!(lab.net.write(conn, Dialer, stream, b"last", &ME), ready(4));
        match dropped {
            true => lab.net.drop_mux(conn, Dialer),
            false => lab.net.close_mux(conn, Dialer),
        }
        assert_eq!(lab.net.resources(A).connections, 0);
        assert_eq!(lab.net.resources(A).streams, 1);
        let gone = lab.net.open_stream(conn, Dialer);
        assert_eq!(gone, Err(ConnError::ClosedLocally));
        lab.run();
        assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(stream));
        assert_eq!(
            lab.read_stream(conn, Listener, stream),
            ready(b"last".to_vec())
        );
        let error = ConnError::ClosedByRemote;
        assert_eq!(lab.read_stream(conn, Listener, stream), failed(error));
        assert_eq!(lab.net.poll_moves(conn, Listener, &ME), failed(error));
        assert_eq!(lab.net.accept_stream(conn, Listener, &ME), failed(error));
        lab.net.drop_stream(conn, Listener, stream);
        lab.net.drop_mux(conn, Listener);
        lab.net.drop_stream(conn, Dialer, stream);
        lab.net.drop_mux(conn, Dialer);
        assert!(lab.nothing_alive());
        assert!(lab.net.conns.get(conn).is_none());
    }
}

#[test]
fn a_muxed_connection_migrates_if_told_to() {
    let config = NetworkConfig {
        migration: true,
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Mux, config);
    let conn = lab.connect();
    let stream = open(&mut lab, conn);
    assert_eq!(lab.net.write(conn, Dialer, stream, b"x", &ME), ready(1));
    assert_eq!(lab.net.assign_ip(B, "10.77.0.1".parse().unwrap()), Ok(()));
    lab.run();
    let moved = "10.77.0.1:4001".parse().unwrap();
    assert_eq!(lab.net.poll_moves(conn, Dialer, &ME), ready(moved));
    assert_eq!(lab.net.poll_moves(conn, Dialer, &ME), Poll::Pending);
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(stream));
    assert_eq!(lab.net.write(conn, Listener, stream, b"y", &ME), ready(1));
    lab.run();
    assert_eq!(lab.read_stream(conn, Dialer, stream), ready(b"y".to_vec()));
    let news = lab.net.poll_listener(lab.listener, &ME);
    assert!(matches!(news, Some(Poll::Ready(ListenerEvent::Expired(_)))));
    let news = lab.net.poll_listener(lab.listener, &ME);
    let expected = ListenerEvent::Address("10.77.0.1:4001".parse().unwrap());
    assert_eq!(news, Some(Poll::Ready(expected)));
}

#[test]
fn an_unused_substream_leaves_nothing_behind() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let stream = open(&mut lab, conn);
    lab.net.drop_stream(conn, Dialer, stream);
    assert_eq!(lab.run(), 0);
    assert_eq!(lab.net.conns.get(conn).unwrap().streams.len(), 0);
}
