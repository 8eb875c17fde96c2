// Publishes an event to NATS with JetStream, and again until the server says that it is stored: under the same id it is
// delivered once. Needs github.com/nats-io/nats.go.
//
//	go -C examples run producers/publish_jetstream.go order.paid '{"id": 42}' order-42
//
// NATS_URL says where NATS is, HOOKYARD_TENANT whose event it is. Whoever may publish to events.> may publish for every
// tenant: let NATS say who may (its accounts and permissions).
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	tries = 6
	// After the first; each wait is twice the one before.
	firstWait = 200 * time.Millisecond
	timeout   = 5 * time.Second
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("give the event type, the data as JSON, and the event's id")
	}
	event, data, id := os.Args[1], os.Args[2], os.Args[3]
	tenant := or(os.Getenv("HOOKYARD_TENANT"), "demo")
	client, err := nats.Connect(or(os.Getenv("NATS_URL"), nats.DefaultURL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	stream, err := jetstream.New(client)
	if err != nil {
		log.Fatal(err)
	}
	message := nats.NewMsg("events." + tenant + "." + event)
	message.Data = []byte(data)
	// What the producer calls it, and what makes it safe to publish it again: Hookyard knows it for days.
	// Hookyard-Timestamp may say when it happened.
	message.Header.Set("Hookyard-Event-Id", id)
	// The stream itself knows this one, for two minutes. It is one stream for all tenants.
	message.Header.Set("Nats-Msg-Id", tenant+"."+id)
	ack, err := publish(stream, message)
	if err != nil {
		log.Fatal(err)
	}
	word := "stored"
	if ack.Duplicate {
		word = "known"
	}
	fmt.Printf("%s  %s  %s  number %d of %s\n", word, message.Subject, id, ack.Sequence, ack.Stream)
}

// Ends when the stream has it. Data that is no JSON is kept as unroutable, and not delivered.
func publish(stream jetstream.JetStream, message *nats.Msg) (*jetstream.PubAck, error) {
	wait := firstWait
	for number := 1; ; number++ {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		ack, err := stream.PublishMsg(ctx, message)
		cancel()
		if err == nil || number == tries {
			return ack, err
		}
		log.Printf("not stored yet: %v", err)
		time.Sleep(wait)
		wait *= 2
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
