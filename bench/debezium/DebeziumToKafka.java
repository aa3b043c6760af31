// Debezium's embedded engine with a Kafka sink, as Debezium Server's own sink does it: a batch is sent whole, its
// acknowledgements are waited for, then its records are marked as processed. Started by engine.ts.
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.JsonByteArray;
import io.debezium.engine.format.KeyValueChangeEventFormat;
import java.io.FileInputStream;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class DebeziumToKafka {
  /** Arguments: the engine's properties, the Kafka producer's properties, the topic. Ends on SIGTERM. */
  public static void main(String[] args) throws Exception {
    Properties engineSettings = load(args[0]);
    Properties producerSettings = load(args[1]);
    String topic = args[2];
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(producerSettings, new ByteArraySerializer(), new ByteArraySerializer());
    CountDownLatch ended = new CountDownLatch(1);
    DebeziumEngine<ChangeEvent<byte[], byte[]>> engine =
        DebeziumEngine.create(KeyValueChangeEventFormat.of(JsonByteArray.class, JsonByteArray.class))
            .using(engineSettings)
            .notifying((records, committer) -> publish(producer, topic, records, committer))
            .using(
                (success, message, error) -> {
                  if (!success) {
                    System.err.println(message);
                    if (error != null) error.printStackTrace();
                  }
                  ended.countDown();
                })
            .build();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    engine.close();
                    ended.await();
                  } catch (Exception error) {
                    System.err.println("While closing: " + error);
                  }
                }));
    // Whoever started it is gone: nobody would stop it any more.
    Thread orphaned =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (java.io.IOException gone) {
                System.err.println("Standard input: " + gone);
              }
              System.exit(0);
            });
    orphaned.setDaemon(true);
    orphaned.start();
    engine.run();
    producer.close();
  }

  private static void publish(
      KafkaProducer<byte[], byte[]> producer,
      String topic,
      List<ChangeEvent<byte[], byte[]>> records,
      DebeziumEngine.RecordCommitter<ChangeEvent<byte[], byte[]>> committer)
      throws InterruptedException {
    CountDownLatch acknowledged = new CountDownLatch(records.size());
    AtomicReference<Exception> failure = new AtomicReference<>();
    for (ChangeEvent<byte[], byte[]> record : records) {
      producer.send(
          new ProducerRecord<>(topic, record.key(), record.value()),
          (metadata, error) -> {
            if (error != null) failure.set(error);
            acknowledged.countDown();
          });
    }
    acknowledged.await();
    if (failure.get() != null) throw new IllegalStateException("Kafka refused a record", failure.get());
    for (ChangeEvent<byte[], byte[]> record : records) committer.markProcessed(record);
    committer.markBatchFinished();
  }

  private static Properties load(String file) throws Exception {
    Properties properties = new Properties();
    try (FileInputStream in = new FileInputStream(file)) {
      properties.load(in);
    }
    return properties;
  }
}
