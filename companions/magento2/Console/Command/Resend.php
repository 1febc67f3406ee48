<?php

declare(strict_types=1);

namespace Hub\Connector\Console\Command;

use Hub\Connector\Model\Outbox;
use Hub\Connector\Model\Sender;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;

/**
 * bin/magento hub:connector:resend --dead
 */
class Resend extends Command
{
    public function __construct(
        private readonly Outbox $outbox,
        private readonly Sender $sender
    ) {
        parent::__construct();
    }

    /**
     * @inheritDoc
     */
    protected function configure()
    {
        $this->setName('hub:connector:resend')
            ->setDescription('Sends events to the Integration Hub again, and what waits')
            ->addOption('from-id', null, InputOption::VALUE_REQUIRED, 'First id of the table hub_outbox')
            ->addOption('since', null, InputOption::VALUE_REQUIRED, 'Events since then, e.g. 2026-01-15T10:00:00Z')
            ->addOption('dead', null, InputOption::VALUE_NONE, 'Only those that were given up');
        parent::configure();
    }

    /**
     * @inheritDoc
     */
    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $fromId = $input->getOption('from-id');
        $since = $input->getOption('since') === null ? null : strtotime((string)$input->getOption('since'));
        $isDeadOnly = (bool)$input->getOption('dead');
        if ($since === false || ($fromId === null && $since === null && !$isDeadOnly)) {
            $output->writeln('<error>Give --from-id, --since (2026-01-15T10:00:00Z) or --dead.</error>');
            return 1;
        }
        $number = $this->outbox->resend($fromId === null ? null : (int)$fromId, $since, $isDeadOnly);
        $sent = $this->sender->send();
        $output->writeln("$number made due again, $sent events stored by the hub. Cron sends what is left.");
        return 0;
    }
}
