<?php

namespace HubConnectorTests;

use PHPUnit\Framework\TestCase;

/**
 * The plug-in inside a check-out, in a process of its own: the buyer gets the shop's answer and nothing else.
 */
final class CheckoutTest extends TestCase
{
    /** @var string */
    private $database;

    protected function setUp(): void
    {
        $this->database = (string) tempnam(sys_get_temp_dir(), 'hubconnector');
    }

    protected function tearDown(): void
    {
        unlink($this->database);
        if (is_dir("{$this->database}.d")) {
            unlink("{$this->database}.d/autoload.php");
            rmdir("{$this->database}.d");
        }
    }

    /** @return array{string, string, float} what the buyer got, what the log got, seconds */
    private function checkout(string $hubUrl, string $fault = ''): array
    {
        $command = [PHP_BINARY, __DIR__ . '/checkout.php', $this->database, $hubUrl, $fault];
        $started = microtime(true);
        $pipes = [];
        $process = proc_open(
            implode(' ', array_map('escapeshellarg', $command)),
            [1 => ['pipe', 'w'], 2 => ['pipe', 'w']],
            $pipes
        );
        self::assertIsResource($process);
        $output = [(string) stream_get_contents($pipes[1]), (string) stream_get_contents($pipes[2])];
        proc_close($process);
        return [$output[0], $output[1], microtime(true) - $started];
    }

    private function rows(): array
    {
        $pdo = new \PDO('sqlite:' . $this->database);
        return $pdo->query('SELECT * FROM modx_hubconnector_outbox ORDER BY id')->fetchAll(\PDO::FETCH_ASSOC);
    }

    public function testTheBuyerGetsTheShopsAnswerAndTheOutboxHasTheOrder(): void
    {
        list($answer, $log) = $this->checkout('http://127.0.0.1:9/hooks/token');

        self::assertSame(['{"success":true}', ''], [$answer, $log]);
        $rows = $this->rows();
        self::assertSame(['customer.saved 77', 'order.created 15'], array_map(function (array $row): string {
            return "{$row['event']} {$row['entity_id']}";
        }, $rows));
        self::assertSame('call me', json_decode($rows[1]['payload'], true)['order']['comment']);
        self::assertSame(1, (int) $rows[0]['tries'], 'inline mode has tried once');
        self::assertStringStartsWith('no answer: ', $rows[0]['last_error']);
    }

    public function testAHubThatDoesNotAnswerCostsTwoSecondsAtMost(): void
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $address = stream_socket_get_name($server, false);

        list($answer, , $seconds) = $this->checkout("http://$address/hooks/token");

        fclose($server);
        self::assertSame('{"success":true}', $answer);
        self::assertLessThan(4.0, $seconds);
        self::assertSame([1, 0], array_map('intval', array_column($this->rows(), 'tries')));
    }

    public function testWherePhpCannotLetTheBuyerGoCronSends(): void
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $address = stream_socket_get_name($server, false);

        list($answer, $log, $seconds) = $this->checkout("http://$address/hooks/token", 'auto');

        fclose($server);
        self::assertSame(['{"success":true}', ''], [$answer, $log]);
        self::assertLessThan(1.5, $seconds, 'the hub was not asked');
        self::assertSame([0, 0], array_map('intval', array_column($this->rows(), 'tries')));
    }

    /** @dataProvider faults */
    public function testNoFaultOfOursReachesTheBuyer(string $fault, string $expectedLog): void
    {
        list($answer, $log) = $this->checkout('http://127.0.0.1:9/hooks/token', $fault);

        self::assertSame('{"success":true}', $answer);
        self::assertStringContainsString($expectedLog, $log);
        self::assertStringNotContainsString('ann@example.com', $log);
    }

    public static function faults(): array
    {
        return [
            ['no tables', '[hubconnector] RuntimeException at Sql.php:'],
            ['broken shop', '[hubconnector] RuntimeException at Sql.php:'],
            ['no database', '[hubconnector] RuntimeException at Sql.php:'],
            ['bad secret', ''],
            ['missing files', ''],
            ['half of the files', '[hubconnector] Error'],
        ];
    }

    public function testWithABadSecretTheOrderWaits(): void
    {
        $this->checkout('http://127.0.0.1:9/hooks/token', 'bad secret');

        self::assertSame([0, 0], array_map('intval', array_column($this->rows(), 'tries')));
    }
}
