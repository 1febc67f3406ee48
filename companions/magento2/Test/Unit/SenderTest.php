<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Hub\Connector\Console\Command\Resend;
use Hub\Connector\Cron\Send;
use Hub\Connector\Model\Answer;
use Hub\Connector\Model\Consumer;
use Hub\Connector\Model\CurlTransport;
use Hub\Connector\Model\Outbox;
use Hub\Connector\Model\OutboxService;
use Hub\Connector\Model\Signer;
use Magento\Framework\App\ResourceConnection;
use Magento\Framework\DataObject;
use Magento\Framework\Exception\InputException;
use Magento\Framework\HTTP\Client\CurlFactory;
use PHPUnit\Framework\TestCase;
use RuntimeException;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;

class SenderTest extends TestCase
{
    private World $world;

    protected function setUp(): void
    {
        $this->world = new World();
    }

    public function testTheManySavesOfACheckOutAreOneEvent(): void
    {
        $this->world->order(12, ['state' => 'new'], []);
        $this->world->order(12, ['state' => 'new']);
        $this->world->order(12, ['state' => 'processing']);

        self::assertSame(1, $this->world->sender()->send());
        self::assertSame([[
            'event' => 'order.placed',
            'event_id' => '00000000-0000-4000-8000-000000000003',
            'occurred_at' => '2026-01-15T10:00:00Z',
            'store_id' => 1,
            'store_code' => 'view_1',
            'entity' => ['type' => 'order', 'id' => 12, 'increment_id' => '0000012'],
        ]], $this->world->bodies());
        self::assertSame(['new' => 0, 'sent' => 3, 'dead' => 0, 'oldest' => null], $this->world->outbox->counts());
    }

    public function testTheCallIsSignedAfterStandardWebhooks(): void
    {
        $this->world->settings[1]['secret_previous'] = 'whsec_dGhpcyBvbmUgd2FzIHNoYXJlZCBiZWZvcmUgdGhhdC4=';
        $this->world->order(12);

        $this->world->sender()->send();

        [$call] = $this->world->calls;
        $secrets = [World::SECRET, 'whsec_dGhpcyBvbmUgd2FzIHNoYXJlZCBiZWZvcmUgdGhhdC4='];
        $uid = $this->world->database->rows()[0]['uid'];
        self::assertSame((new Signer())->headers($secrets, $uid, 1768471200, $call['body']), $call['headers']);
        self::assertSame('https://hub.example/hooks/one', $call['url']);
    }

    public function testTheWaitsGrowToSixHoursAndTwelveTriesAreEnough(): void
    {
        $this->world->order(12);
        $this->world->answers = array_fill(0, 20, new Answer(400));
        $waits = [];
        for ($try = 1; $try <= 12; $try++) {
            $this->world->sender()->send();
            $row = $this->world->database->rows()[0];
            $waits[] = ((int)$row['next_attempt_at'] - $this->world->now) / 60;
            $this->world->now = max($this->world->now, (int)$row['next_attempt_at']);
        }
        $this->world->now += 30 * 86400;
        $this->world->sender()->send();

        self::assertSame([2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360], array_slice($waits, 0, 11));
        self::assertCount(12, $this->world->calls);
        self::assertSame(['1', '0', '12', 'HTTP 400'], [
            (string)$this->world->outbox->counts()['dead'], (string)$this->world->outbox->counts()['new'],
            (string)$this->world->database->rows()[0]['attempts'], $this->world->database->rows()[0]['last_error'],
        ]);
    }

    public function testARepeatHasTheSameIdAndBodyAndAFreshTime(): void
    {
        $this->world->order(12);
        $this->world->answers = [new Answer(0, 0, 'timeout')];
        $this->world->sender()->send();
        $this->world->now += 119;
        $this->world->sender()->send();
        self::assertCount(1, $this->world->calls);

        $this->world->now += 1;
        $this->world->sender()->send();

        [$first, $second] = $this->world->calls;
        self::assertSame($first['body'], $second['body']);
        self::assertSame($first['headers']['webhook-id'], $second['headers']['webhook-id']);
        self::assertSame('1768471320', $second['headers']['webhook-timestamp']);
    }

    public function testANewerSaveDoesNotForgetTheTriesOfAnOlderOne(): void
    {
        $this->world->order(12);
        $this->world->answers = [new Answer(400), new Answer(400)];
        $this->world->sender()->send();
        $this->world->order(12);

        $this->world->sender()->send();

        self::assertSame([2, 2], array_map('intval', array_column($this->world->database->rows(), 'attempts')));
        self::assertNotSame($this->world->bodies()[0]['event_id'], $this->world->bodies()[1]['event_id']);
    }

    public function testRetryAfterIsHonoured(): void
    {
        $this->world->order(12);
        $this->world->answers = [new Answer(503, 900)];

        $this->world->sender()->send();

        self::assertSame(1768471200 + 900, (int)$this->world->database->rows()[0]['next_attempt_at']);
    }

    public function testWhileOneHubIsAwayTheOtherIsServed(): void
    {
        $this->world->settings[2]['hub_url'] = 'https://other.example/hooks/two';
        $this->world->order(12);
        $this->world->order(13);
        $this->world->order(14, ['store_id' => 2]);
        $this->world->answers = [new Answer(0, 0, 'could not connect')];

        self::assertSame(1, $this->world->sender()->send());
        self::assertCount(2, $this->world->calls);
        self::assertSame([1, 0, 0], array_map('intval', array_column($this->world->database->rows(), 'attempts')));
        self::assertSame(14, $this->world->bodies()[1]['entity']['id']);
    }

    public function testAConnectionThatIsGoneIsLeftAlone(): void
    {
        $this->world->order(12);
        $this->world->order(13);
        $this->world->answers = [new Answer(410)];

        self::assertSame(0, $this->world->sender()->send());

        self::assertCount(1, $this->world->calls);
        self::assertSame(2, $this->world->outbox->counts()['dead']);
    }

    public function testASaveDuringTheCallIsToldAnew(): void
    {
        $this->world->order(12);
        $this->world->meanwhile = function (): void {
            $this->world->meanwhile = null;
            $this->world->order(12);
        };

        self::assertSame(2, $this->world->sender()->send());
        $ids = array_column($this->world->bodies(), 'event_id');
        self::assertCount(2, array_unique($ids));
    }

    public function testTwoSendersAtOnceSendEachEventOnce(): void
    {
        $this->world->order(12);
        $this->world->order(13);
        $this->world->meanwhile = function (): void {
            self::assertSame(0, $this->world->sender()->send(), 'the lock is held');
        };

        self::assertSame(2, $this->world->sender()->send());
        self::assertCount(2, $this->world->calls);
        self::assertFalse($this->world->isLocked);
    }

    public function testTheTimeOfARunIsLimited(): void
    {
        foreach ([12, 13, 14] as $id) {
            $this->world->order($id);
        }
        $this->world->meanwhile = function (): void {
            $this->world->now += 30;
        };

        self::assertSame(2, $this->world->sender()->send(50));
        self::assertSame(1, $this->world->outbox->counts()['new']);
    }

    public function testMoreThanOneBatchIsSent(): void
    {
        for ($id = 1; $id <= 120; $id++) {
            $this->world->order($id);
        }

        self::assertSame(120, $this->world->sender()->send());
    }

    public function testEventsOfAViewThatWasSwitchedOffWait(): void
    {
        $this->world->order(12);
        $this->world->settings[1]['active'] = '0';
        self::assertSame(0, $this->world->sender()->send());

        $this->world->settings[1]['active'] = '1';
        $this->world->now += 120;
        self::assertSame(1, $this->world->sender()->send());
    }

    public function testABodyHoldsIdsAndNothingElse(): void
    {
        $document = new DataObject([
            'entity_id' => 3, 'order_id' => 14, 'store_id' => 1, 'increment_id' => '000000003',
            'customer_email' => 'ann@example.com', 'billing_address' => 'Lenina 1',
        ]);
        $this->world->happens('sales_order_invoice_save_after', 'invoice', $document);

        $this->world->sender()->send();

        [$body] = $this->world->bodies();
        $names = ['event', 'event_id', 'occurred_at', 'store_id', 'store_code', 'entity', 'order_id'];
        self::assertSame($names, array_keys($body));
        self::assertSame(['type', 'id', 'increment_id'], array_keys($body['entity']));
        self::assertSame(14, $body['order_id']);
    }

    public function testTheTestEventSaysWhatIsWrong(): void
    {
        $this->world->answers = [new Answer(202), new Answer(401)];

        self::assertSame('', $this->world->sender()->test(1));
        self::assertStringStartsWith('HTTP 401: the hub refuses the signature', $this->world->sender()->test(1));
        self::assertSame('ping', $this->world->bodies()[0]['event']);
        self::assertStringStartsWith('Switch it on', $this->world->sender()->test(3));
        $this->world->settings[1]['secret'] = 'short';
        self::assertStringContainsString('The signing secret must be', $this->world->sender()->test(1));
    }

    public function testCronSendsAndForgetsWhatWasSentTwoWeeksAgo(): void
    {
        $this->world->order(12);
        $cron = new Send($this->world->sender(), $this->world->outbox, $this->world);
        $cron->execute();
        self::assertCount(1, $this->world->database->rows());

        $this->world->now += 15 * 86400;
        $cron->execute();
        self::assertSame([], $this->world->database->rows());
    }

    public function testTheConsumerNeverThrows(): void
    {
        $this->world->order(12);
        (new Consumer($this->world->sender(), $this->world))->process('go');
        self::assertCount(1, $this->world->calls);

        $this->world->database->pdo->exec('DROP TABLE shop_hub_outbox');
        (new Consumer($this->world->sender(), $this->world))->process('go');
        self::assertCount(1, $this->world->logged);
        self::assertFalse($this->world->isLocked);
    }

    public function testWhatWasSentCanBeSentAgainByRest(): void
    {
        $this->world->order(12);
        $this->world->sender()->send();
        $service = new OutboxService($this->world->outbox);
        self::assertSame(0, $service->resend(null, '2026-01-15T10:00:01Z'));
        self::assertSame(1, $service->resend(null, '2026-01-15T13:00:00+03:00'));
        self::assertSame(
            [['oldest' => '2026-01-15T10:00:00Z', 'new' => 1, 'sent' => 0, 'dead' => 0]],
            $service->getCounts()
        );
        self::assertSame(0, $service->resend(2));

        foreach ([[null, null], [null, 'whenever']] as [$fromId, $since]) {
            try {
                $service->resend($fromId, $since);
                self::fail('accepted');
            } catch (InputException $refusal) {
                self::assertNotSame('', $refusal->getMessage());
            }
        }
    }

    public function testTheConsoleSendsDeadEventsAgain(): void
    {
        $this->world->order(12);
        $this->world->answers = [new Answer(410)];
        $this->world->sender()->send();
        $console = new class implements InputInterface, OutputInterface {
            public array $options = [];
            public array $lines = [];

            public function getOption(string $name)
            {
                return $this->options[$name] ?? null;
            }

            public function writeln($messages)
            {
                $this->lines[] = $messages;
            }
        };
        $command = new Resend($this->world->outbox, $this->world->sender());

        self::assertSame(1, $command->run($console, $console));
        $console->options = ['dead' => true];
        self::assertSame(0, $command->run($console, $console));

        self::assertSame('hub:connector:resend', $command->name);
        self::assertSame('1 made due again, 1 events stored by the hub. Cron sends what is left.', $console->lines[1]);
    }

    public function testCurlIsLimitedAndItsFaultsAreAnswers(): void
    {
        $curl = new class {
            public array $log = [];
            public bool $fails = false;

            public function __call($name, $arguments)
            {
                $this->log[$name][] = $arguments;
                if ($name === 'post' && $this->fails) {
                    throw new RuntimeException('Operation timed out');
                }
                return ['getStatus' => 429, 'getHeaders' => ['Retry-After' => '7']][$name] ?? null;
            }
        };
        $transport = new CurlTransport(new CurlFactory($curl));

        $answer = $transport->post('https://hub.example/', ['webhook-id' => 'x'], '{}');
        self::assertSame([429, 7], [$answer->status, $answer->retryAfter]);
        self::assertSame([[10]], $curl->log['setTimeout']);
        self::assertContains([CURLOPT_CONNECTTIMEOUT, 3], $curl->log['setOption']);
        self::assertContains([CURLOPT_FOLLOWLOCATION, false], $curl->log['setOption']);
        self::assertSame([['https://hub.example/', '{}']], $curl->log['post']);

        $curl->fails = true;
        self::assertSame('no answer: Operation timed out', $transport->post('https://hub.example/', [], '')->words());
    }

    public function testARowThatIsCommittedLaterIsSentLaterEvenIfItsIdIsLower(): void
    {
        $file = (string)tempnam(sys_get_temp_dir(), 'hub');
        $world = new World(new Database($file));
        $world->order(12);
        $seen = (new Outbox(new ResourceConnection($world->database)))->due($world->now, 50);
        $world->order(12);

        $world->outbox->markSent($seen[0]['ids'], $world->now);

        self::assertSame(1, $world->outbox->counts()['new']);
        unlink($file);
    }
}
