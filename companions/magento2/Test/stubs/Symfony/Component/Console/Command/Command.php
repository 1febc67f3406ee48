<?php

declare(strict_types=1);

namespace Symfony\Component\Console\Command;

class Command
{
    public string $name = '';

    public function __construct()
    {
        $this->configure();
    }

    protected function configure()
    {
    }

    public function setName(string $name): static
    {
        $this->name = $name;
        return $this;
    }

    public function setDescription(string $description): static
    {
        return $this;
    }

    public function addOption(string $name, $shortcut = null, ?int $mode = null, string $description = ''): static
    {
        return $this;
    }

    public function run($input, $output): int
    {
        return $this->execute($input, $output);
    }
}
