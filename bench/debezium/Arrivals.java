// The independent witness of both sides: Apache Kafka's own consumer on both topics, notes for each record its id (the
// digits of its key) and the moment of its arrival. Started by arrivals.ts, which asks it over standard input.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public final class Arrivals {
  private int[] ids = new int[1 << 20];
  private long[] micros = new long[1 << 20];
  private int count = 0;

  /** Arguments: bootstrap servers, topics. */
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("enable.auto.commit", "false");
    settings.put("fetch.min.bytes", "1");
    settings.put("max.poll.records", "20000");
    settings.put("max.partition.fetch.bytes", "4194304");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<String> topics = Arrays.asList(args).subList(1, args.length);
    List<Arrivals> found = new ArrayList<>();
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      found.add(new Arrivals());
      for (PartitionInfo info : consumer.partitionsFor(topic)) {
        partitions.add(new TopicPartition(topic, info.partition()));
      }
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    for (TopicPartition partition : partitions) consumer.position(partition);
    Thread answering = new Thread(() -> answer(topics, found));
    answering.setDaemon(true);
    answering.start();
    for (;;) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(500));
      if (records.isEmpty()) continue;
      Instant now = Instant.now();
      long arrived = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
      for (int topic = 0; topic < topics.size(); topic++) {
        Arrivals side = found.get(topic);
        synchronized (side) {
          for (ConsumerRecord<byte[], byte[]> record : records.records(topics.get(topic))) {
            side.add(digits(record.key()), arrived);
          }
        }
      }
    }
  }

  private void add(int id, long arrived) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, count * 2);
      micros = Arrays.copyOf(micros, count * 2);
    }
    ids[count] = id;
    micros[count++] = arrived;
  }

  private static int digits(byte[] key) {
    int value = 0;
    for (byte one : key) if (one >= '0' && one <= '9') value = value * 10 + one - '0';
    return value;
  }

  /** `count TOPIC` → `N`; `dump TOPIC` → `id micros` lines and `end`; `reset TOPIC` → `0`. The end of input ends it. */
  private static void answer(List<String> topics, List<Arrivals> found) {
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false);
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      out.println("ready");
      out.flush();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        Arrivals side = found.get(topics.indexOf(words[1]));
        StringBuilder text = new StringBuilder();
        synchronized (side) {
          if (words[0].equals("reset")) side.count = 0;
          if (words[0].equals("dump")) {
            for (int i = 0; i < side.count; i++) {
              text.append(side.ids[i]).append(' ').append(side.micros[i]).append('\n');
            }
            text.append("end\n");
          } else text.append(side.count).append('\n');
        }
        out.print(text);
        out.flush();
      }
    } catch (Exception error) {
      System.err.println("The witness stops: " + error);
    }
    Runtime.getRuntime().halt(0);
  }
}
