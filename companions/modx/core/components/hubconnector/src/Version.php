<?php

namespace HubConnector;

final class Version
{
    /** Of this plug-in. _build/build.php and the transport package take it from here. */
    public const PLUGIN = '0.1.0';

    /** Of PROTOCOL.md: the `version` of every event. */
    public const PROTOCOL = 1;
}
