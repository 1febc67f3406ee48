<?php

namespace HubConnectorTests;

use HubConnector\Answer;
use HubConnector\Outbox;
use HubConnector\OutboxStorage;
use HubConnector\Signer;
use PHPUnit\Framework\TestCase;

final class OutboxTest extends TestCase
{
    private function worldWithOrder(array $settings = []): World
    {
        $world = new World($settings);
        $world->shop->addOrder(15);
        return $world;
    }

    private function noteAndRecord(World $world, string $event, int $id): void
    {
        $world->changes->note($event, $id);
        $world->record();
    }

    public function testCheckoutSendsOneEventWithTheNewestState(): void
    {
        $world = $this->worldWithOrder();
        $world->changes->note('order.created', 15);
        $world->changes->note('order.status', 15);

        $world->record();
        $sent = $world->flush();

        self::assertSame(1, $sent);
        self::assertCount(1, $world->hub->calls);
        $body = $world->hub->lastBody();
        self::assertSame('order.created', $body['event']);
        self::assertSame(1, $body['version']);
        self::assertNull($body['cause']);
        self::assertSame('2026-01-15T13:00:00.250+03:00', $body['occurred_at']);
        self::assertSame(['id' => 1, 'name' => 'New'], $body['order']['status']);
        self::assertSame(
            ['engine' => 'minishop2', 'engine_version' => '4.4.2-pl', 'plugin' => '0.1.0',
                'url' => 'https://shop.example/', 'context' => 'web'],
            $body['shop']
        );
    }

    public function testTheCallIsSignedAndGoesToTheHookAddress(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);

        $world->flush();

        $call = $world->hub->calls[0];
        self::assertSame(World::HUB, $call['url']);
        $signer = new Signer([World::SECRET]);
        self::assertSame($world->rows()[0]['uid'], $signer->verify($call['headers'], $call['body'], 1768471200));
    }

    public function testARepeatHasTheSameIdAndBodyAndAFreshTime(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->hub->answers = [new Answer(500)];

        $world->flush();
        $world->clock->wait(60);
        $world->flush();

        list($first, $second) = $world->hub->calls;
        self::assertSame($first['headers']['webhook-id'], $second['headers']['webhook-id']);
        self::assertSame($first['body'], $second['body']);
        self::assertSame('1768471260', $second['headers']['webhook-timestamp']);
    }

    public function testTheWaitsGrowFromOneMinuteToAnHour(): void
    {
        $minutes = array_map(function (int $tries): int {
            return intdiv(Outbox::wait($tries), 60);
        }, [1, 2, 3, 4, 5, 6, 7, 8, 80]);

        self::assertSame([1, 2, 4, 8, 16, 32, 60, 60, 60], $minutes);
    }

    public function testNothingIsTriedBeforeItsTime(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->hub->answers = [new Answer(0, 0, 'timeout'), new Answer(503)];

        $world->flush();
        $world->clock->wait(59);
        $world->flush();
        self::assertCount(1, $world->hub->calls);

        $world->clock->wait(1);
        $world->flush();
        $world->clock->wait(119);
        $world->flush();
        self::assertCount(2, $world->hub->calls);

        $world->clock->wait(1);
        self::assertSame(1, $world->flush());
    }

    public function testRetryAfterOfTheHubIsHonoured(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->hub->answers = [new Answer(429, 600)];

        $world->flush();
        $world->clock->wait(599);
        $world->flush();

        self::assertCount(1, $world->hub->calls);
        $world->clock->wait(1);
        self::assertSame(1, $world->flush());
    }

    public function testAfterThreeDaysTheRowIsGivenUpButKept(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->hub->answers = array_fill(0, 200, new Answer(401));

        for ($hours = 0; $hours < 24 * 4; $hours++) {
            $world->flush();
            $world->clock->wait(3600);
        }

        $row = $world->rows()[0];
        self::assertSame(OutboxStorage::GIVEN_UP, (int) $row['state']);
        self::assertStringContainsString('"id":15', $row['payload']);
        self::assertStringContainsString('HTTP 401: the hub refuses the signature', $row['last_error']);
        self::assertSame(['pending' => 0, 'oldest' => null, 'failed' => 1], $world->outbox->status());
        self::assertCount(73, $world->hub->calls);
    }

    public function testARowThatWasGivenUpCanBeSentAgain(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $uid = $world->rows()[0]['uid'];
        $world->hub->answers = [new Answer(404)];
        $world->clock->wait(4 * 86400);
        $world->flush();

        self::assertSame(0, $world->outbox->retry(['another']));
        self::assertSame(1, $world->outbox->retry([$uid]));
        $sent = $world->flush();

        self::assertSame(1, $sent);
        self::assertSame($uid, end($world->hub->calls)['headers']['webhook-id']);
    }

    public function testTwoFlushesAtOnceSendARowOnce(): void
    {
        $file = tempnam(sys_get_temp_dir(), 'hubconnector');
        $world = new World([], $file);
        $world->shop->addOrder(15);
        $world->shop->addOrder(16);
        $this->noteAndRecord($world, 'order.created', 15);
        $this->noteAndRecord($world, 'order.created', 16);
        $other = new World([], $file);
        $world->hub->meanwhile = function () use ($other): void {
            $other->flush();
        };

        $sent = $world->flush();

        $bodies = array_merge($world->hub->calls, $other->hub->calls);
        $ids = array_map(function (array $call): int {
            return json_decode($call['body'], true)['order']['id'];
        }, $bodies);
        sort($ids);
        self::assertSame([15, 16], $ids);
        self::assertSame(1, $sent);
        unlink($file);
    }

    public function testARowOfADeadProcessIsFreeAgainAfterTwoMinutes(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $now = (int) $world->clock->now;
        $world->storage->claim(1, $now, $now + 120);

        self::assertNull($world->storage->claim(1, $now, $now + 120), 'it is somebody else\'s');
        self::assertSame(0, $world->flush());
        $world->clock->wait(121);
        self::assertSame(1, $world->flush());
    }

    public function testANewerStateReplacesOneThatStillWaits(): void
    {
        $world = $this->worldWithOrder();
        $world->hub->answers = [new Answer(0, 0, 'timeout')];
        $this->noteAndRecord($world, 'order.created', 15);
        $world->flush();
        $old = $world->rows()[0]['uid'];
        $world->shop->addOrder(15, 2);

        $this->noteAndRecord($world, 'order.status', 15);
        $world->flush();

        self::assertCount(1, $world->rows());
        $body = $world->hub->lastBody();
        self::assertSame('order.created', $body['event'], 'the hub has not heard of the order yet');
        self::assertSame(2, $body['order']['status']['id']);
        self::assertNotSame($old, $world->rows()[0]['uid'], 'another body never goes under the old id');
    }

    public function testAStateThatIsBeingSentIsNotReplaced(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->hub->meanwhile = function () use ($world): void {
            $world->hub->meanwhile = null;
            $this->noteAndRecord($world, 'order.status', 15);
        };

        $world->flush();
        $world->flush();

        $events = array_map(function (array $call): string {
            return json_decode($call['body'], true)['event'];
        }, $world->hub->calls);
        self::assertSame(['order.created', 'order.status'], $events);
    }

    public function testTheCauseIsDroppedWhenTwoReasonsMeetInOneEvent(): void
    {
        $world = $this->worldWithOrder();
        $world->hub->answers = [new Answer(0, 0, 'timeout')];
        $this->noteAndRecord($world, 'order.updated', 15);
        $world->flush();

        $world->changes->because(15, 'change-1');
        $this->noteAndRecord($world, 'order.status', 15);
        $world->flush();

        self::assertNull($world->hub->lastBody()['cause']);
    }

    public function testWhileTheHubIsAwayTheOtherRowsWait(): void
    {
        $world = $this->worldWithOrder();
        $world->shop->addOrder(16);
        $this->noteAndRecord($world, 'order.created', 15);
        $this->noteAndRecord($world, 'order.created', 16);
        $world->hub->answers = [new Answer(0, 0, 'could not connect')];

        $world->flush();

        self::assertCount(1, $world->hub->calls);
        self::assertSame([1, 0], array_map('intval', array_column($world->rows(), 'tries')));
    }

    public function testARefusedRowDoesNotHoldTheOthersBack(): void
    {
        $world = $this->worldWithOrder();
        $world->shop->addOrder(16);
        $this->noteAndRecord($world, 'order.created', 15);
        $this->noteAndRecord($world, 'order.created', 16);
        $world->hub->answers = [new Answer(413)];

        self::assertSame(1, $world->flush());
        self::assertCount(2, $world->hub->calls);
    }

    public function testAPageTriesTwoSecondsAtMost(): void
    {
        $world = $this->worldWithOrder();
        $world->shop->addOrder(16);
        $world->shop->addOrder(17);
        foreach ([15, 16, 17] as $id) {
            $this->noteAndRecord($world, 'order.created', $id);
        }
        $world->hub->meanwhile = function () use ($world): void {
            $world->clock->wait(0.95);
        };

        $world->outbox->flushInline();

        self::assertCount(2, $world->hub->calls);
        self::assertSame([2.0, 1.05], array_map(function (array $call): float {
            return round($call['timeout'], 2);
        }, $world->hub->calls));
    }

    public function testAPageDoesNotTryWhileTheHubIsAway(): void
    {
        $world = $this->worldWithOrder();
        $world->shop->addOrder(16);
        $world->hub->answers = [new Answer(0, 0, 'timeout')];
        $this->noteAndRecord($world, 'order.created', 15);
        $world->outbox->flushInline();

        $this->noteAndRecord($world, 'order.created', 16);
        $world->outbox->flushInline();
        self::assertCount(1, $world->hub->calls);

        $world->clock->wait(61);
        self::assertSame(2, $world->outbox->flushInline());
    }

    public function testWhatTheHubHasLeavesNoPersonalDataBehind(): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->flush();

        self::assertSame('', $world->rows()[0]['payload']);
        $world->clock->wait(8 * 86400);
        $world->flush();
        self::assertSame([], $world->rows());
    }

    /** @dataProvider unfinishedSettings */
    public function testNothingIsSentUntilTheSettingsAreComplete(array $settings, string $fault): void
    {
        $world = $this->worldWithOrder();
        $this->noteAndRecord($world, 'order.created', 15);
        $world->settings->hubUrl = isset($settings['hub_url']) ? $settings['hub_url'] : World::HUB;
        $world->settings->secrets = isset($settings['secrets']) ? $settings['secrets'] : [World::SECRET];

        self::assertSame($fault, $world->settings->fault());
        self::assertSame(0, $world->flush());
        self::assertSame([], $world->hub->calls);
        self::assertSame(1, $world->outbox->status()['pending']);
    }

    public static function unfinishedSettings(): array
    {
        return [
            [['hub_url' => ''], 'no_hub_url'],
            [['hub_url' => 'http://hub.example/hooks/token'], 'hub_url_not_https'],
            [['secrets' => []], 'no_secret'],
            [['secrets' => ['short']], 'bad_secret'],
        ];
    }

    public function testDuringARotationBothSecretsSign(): void
    {
        $previous = 'whsec_dGhpcyBvbmUgd2FzIHNoYXJlZCBiZWZvcmUgdGhhdC4=';
        $world = $this->worldWithOrder(['secret_previous' => $previous]);
        $this->noteAndRecord($world, 'order.created', 15);

        $world->flush();

        $call = $world->hub->calls[0];
        foreach ([World::SECRET, $previous] as $secret) {
            (new Signer([$secret]))->verify($call['headers'], $call['body'], 1768471200);
        }
        self::assertCount(2, explode(' ', $call['headers']['webhook-signature']));
    }

    public function testEventsThatAreSwitchedOffAreNotWritten(): void
    {
        $world = $this->worldWithOrder(['events' => 'order.created, order.status']);

        $this->noteAndRecord($world, 'order.updated', 15);

        self::assertSame([], $world->rows());
    }

    public function testThePingSaysWhatIsWrong(): void
    {
        $world = new World();
        $world->hub->answers = [new Answer(404), new Answer(204)];

        self::assertSame(
            'HTTP 404: the hub does not know this address; copy it from the connection again',
            $world->outbox->ping(10.0)
        );
        self::assertSame('', $world->outbox->ping(10.0));
        self::assertSame('ping', $world->hub->lastBody()['event']);
    }
}
