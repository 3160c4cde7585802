// The shapes of the API, made from its OpenAPI document by generate.js: not to be edited.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A new password needs the current one, and ends all other sessions. `monthly_budget`: US dollars,
         *     beyond which no more is taken on until the month ends; null for no limit.
         */
        AccountChange: {
            current_password?: string | null;
            display_name?: string | null;
            monthly_budget?: string | null;
            password?: string | null;
        };
        /** @description In lists `result` is null; `summary` is there of all that succeeded. */
        Analysis: {
            attempts: number;
            created_at: string;
            error: components["schemas"]["AnalysisError"] | null;
            finished_at: string | null;
            id: string;
            input: components["schemas"]["Input"];
            links: components["schemas"]["Links"];
            metering: components["schemas"]["Metering"] | null;
            request_id: string;
            result: components["schemas"]["Result"] | null;
            retry: components["schemas"]["Retry"] | null;
            retry_of: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "canceled";
            summary: components["schemas"]["Summary"] | null;
        };
        AnalysisError: {
            attempts: number;
            code: string;
            detail: string;
            title: string;
        };
        AnalysisPage: {
            items: components["schemas"]["Analysis"][];
            next_cursor: string | null;
        };
        ApiKey: {
            created_at: string;
            expires_at: string | null;
            id: string;
            last_used_at: string | null;
            name: string;
            scopes: string[];
        };
        ApiKeyPage: {
            items: components["schemas"]["ApiKey"][];
            next_cursor: string | null;
        };
        ApiKeyRequest: {
            expires_at?: string | null;
            name: string;
            scopes: string[];
        };
        Attempt: {
            duration_ms: number;
            init_ms: number;
            max_memory_mb: number;
            number: number;
            outcome: string;
            started_at: string;
        };
        /** @description `counts`: items by status. */
        Batch: {
            counts: {
                [key: string]: number;
            };
            created_at: string;
            id: string;
            items: components["schemas"]["BatchItem"][];
        };
        /**
         * @description `status` is the analysis's, "rejected" where none was made (`error` is the problem), "missing"
         *     where there is none any more.
         */
        BatchItem: {
            analysis_id: string | null;
            error: {
                [key: string]: unknown;
            } | null;
            index: number;
            status: ("queued" | "running" | "succeeded" | "failed" | "canceled") | ("rejected" | "missing");
            summary: components["schemas"]["Summary"] | null;
        };
        /** @description Each member as in a submission by JSON; each is checked, accepted or rejected by itself. */
        BatchSubmission: {
            items: (components["schemas"]["UrlSubmission"] | components["schemas"]["UploadSubmission"])[];
        };
        /** @description An upright rectangle. */
        Box: {
            /** @description Of the height. */
            height: number;
            /** @description Of the width. */
            left: number;
            /** @description Of the height. */
            top: number;
            /** @description Of the width. */
            width: number;
        };
        /** @description A bar code or matrix code. */
        Code: {
            /** @description The content in base64 where it is no text, else null. */
            bytes: string | null;
            /** @description `qr`, `micro-qr`, `rmqr`, `data-matrix`, `aztec`, `pdf417`, `maxicode`, `ean-13`, `ean-8`, `upc-a`, `upc-e`, `code-39`, `code-93`, `code-128`, `codabar`, `itf`, `databar` or `databar-expanded`. */
            kind: string;
            /**
             * @description Degrees clockwise from upright.
             * @default 0
             */
            orientation?: number;
            /** @description Its four corners, from its own upper left one on. */
            polygon: components["schemas"]["Point"][];
            /** @description Empty where the content is no text. */
            text: string;
        };
        Color: {
            /** @description Of the picture's area. */
            fraction: number;
            /** @description sRGB. */
            hex: string;
            /** @description The nearest of CSS's named colors. */
            name: string;
        };
        /** @description A failed invocation, whole. `id` is the analysis's. `condition` as AWS Lambda names it. */
        DeadLetter: {
            attempts: components["schemas"]["Attempt"][];
            /** @enum {string} */
            condition: "RetriesExhausted" | "EventAgeExceeded";
            error: components["schemas"]["AnalysisError"];
            failed_at: string;
            id: string;
            invocation: components["schemas"]["Invocation"];
            redriven_as: string | null;
            user_id: string;
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetter"][];
            next_cursor: string | null;
        };
        /** @description `token`: what stands behind `#` in the link. */
        EmailVerification: {
            token: string;
        };
        /** @description An engine that took part in an operation. */
        EngineEntry: {
            /** @description Whether it worked with less than it should have: a model is missing, or another engine failed. */
            degraded: boolean;
            model: string;
            /** @description `local`, `clarifai` or `rekognition`. */
            name: string;
            /** @enum {string} */
            operation: "faces" | "text" | "labels" | "moderation" | "colors" | "quality" | "hash" | "codes" | "metadata";
            /** @description The vendor's own answer, where `raw_answers` asked for it. */
            raw?: unknown;
            /** @description Lines of text that were seen and not read, for lack of time or sharpness. */
            unread_lines?: number | null;
            version: string;
        };
        /** @description `off`: why nobody asks it for now, by operation; "*" for all of them. */
        EngineState: {
            name: string;
            off: {
                [key: string]: string;
            };
            operations: string[];
        };
        /** @description `url` is on this origin, and works once until `expires_at`. */
        ExportLink: {
            expires_at: string;
            url: string;
        };
        Face: {
            box: components["schemas"]["Box"];
            /** @description That this is a face. */
            confidence: number;
            /** @description Empty where the engine finds none. */
            landmarks: components["schemas"]["Landmark"][];
        };
        /** @description `pointer` is an RFC 6901 pointer into the body, or a parameter's name after a slash. */
        FieldError: {
            detail: string;
            pointer: string;
        };
        /** @description An analysis of an image that is sent along. */
        FileSubmission: {
            /**
             * @default auto
             * @enum {string}
             */
            engine?: "auto" | "local" | "clarifai" | "rekognition";
            /**
             * Format: binary
             * @description The file, 20 MiB at the most.
             */
            image: string;
            /**
             * @description Keep so many labels at the most, the most certain ones.
             * @default null
             */
            max_labels?: number | null;
            /** @default {} */
            metadata?: {
                [key: string]: unknown;
            };
            /**
             * @description Leave out labels that are less certain, 0 to 1.
             * @default 0.5
             */
            min_confidence?: number;
            /**
             * @default [
             *       "faces",
             *       "colors",
             *       "quality",
             *       "hash",
             *       "metadata"
             *     ]
             */
            operations?: ("faces" | "text" | "labels" | "moderation" | "colors" | "quality" | "hash" | "codes" | "metadata")[];
            /**
             * @description Keep vendors' answers in `engines[].raw`, as they came.
             * @default false
             */
            raw_answers?: boolean;
            /** @default null */
            webhook_url?: string | null;
        };
        /** @description Null gives a setting back to the workers' own. Bounds as AWS Lambda's. */
        FunctionChanges: {
            max_attempts?: number | null;
            max_event_age_s?: number | null;
            memory_mb?: number | null;
            reserved_concurrency?: number | null;
            timeout_s?: number | null;
        };
        /** @description Of all workers together. */
        FunctionLive: {
            busy: number;
            cold_starts: number;
            instances: number;
            oldest_age_s: number;
            queue_depth: number;
            warm: number;
        };
        /**
         * @description `reserved_concurrency`: analyses under way at the most, 0 stops the function, null leaves it
         *     to the number of workers.
         */
        FunctionState: {
            live: components["schemas"]["FunctionLive"];
            max_attempts: number;
            max_event_age_s: number;
            memory_mb: number;
            reserved_concurrency: number | null;
            timeout_s: number;
        };
        /** @description Perceptual hashes: of two pictures that look alike few bits differ. */
        Hash: {
            /** @description Only hashes of one algorithm compare. */
            algorithm: string;
            /** @description 64 bits, hexadecimal. */
            dhash: string;
            /** @description 64 bits, hexadecimal. */
            phash: string;
        };
        /** @description `checks`: "ok" or the reason, per dependency. */
        Health: {
            checks: {
                [key: string]: string;
            };
            /** @enum {string} */
            status: "ok" | "degraded";
        };
        /** @description The picture as it was read. */
        Image: {
            /** @description Size of the file. */
            bytes: number;
            /** @description `jpeg`, `png`, `webp`, `gif` and so on, by its content. */
            format: string;
            /**
             * @description Of an animation, of which the first is analysed.
             * @default 1
             */
            frames?: number;
            /** @description Pixels, upright. */
            height: number;
            /** @description Whether it was turned as its EXIF data says. */
            orientation_applied: boolean;
            /** @description Of the file, hexadecimal. */
            sha256: string;
            /**
             * @description Whether a part of the file is missing.
             * @default false
             */
            truncated?: boolean;
            /** @description Pixels, upright. */
            width: number;
        };
        /** @description A field with a default is absent where the submission leaves it there. */
        Input: {
            /** @enum {string} */
            engine: "auto" | "local" | "clarifai" | "rekognition";
            image_url: string | null;
            /** @enum {string} */
            kind: "url" | "upload";
            max_labels?: number | null;
            metadata: {
                [key: string]: unknown;
            };
            /** @default 0.5 */
            min_confidence?: number;
            operations: ("faces" | "text" | "labels" | "moderation" | "colors" | "quality" | "hash" | "codes" | "metadata")[];
            /** @default false */
            raw_answers?: boolean;
        };
        /** @description What was to be run, as it was accepted. */
        Invocation: {
            analysis_id: string;
            created_at: string;
            input: components["schemas"]["Input"];
            request_id: string;
            retry_of: string | null;
            user_id: string;
            webhook_url: string | null;
        };
        Label: {
            /**
             * @description What else it is called.
             * @default []
             */
            aliases?: string[];
            /** @default [] */
            categories?: string[];
            /** @description Of the surest instance, or of the whole picture. */
            confidence: number;
            /** @description Where it is, the surest first; empty for what holds for the whole picture. */
            instances: components["schemas"]["LabelInstance"][];
            /** @description The model that said so. */
            model?: string | null;
            /** @description In English, lower case. */
            name: string;
            /**
             * @description The labels above it, the nearest first.
             * @default []
             */
            parents?: string[];
            /**
             * @description `derived`: concluded from faces, colors and sharpness, as `portrait` is.
             * @enum {string}
             */
            source: "model" | "derived";
        };
        /** @description One thing of the label's kind. */
        LabelInstance: {
            box: components["schemas"]["Box"];
            confidence: number;
        };
        Landmark: {
            /** @description `right_eye`, `left_eye`, `nose`, `mouth_right` or `mouth_left`, as the person has them; a vendor's engine may know more. */
            type: string;
            /** @description Of the width, from the left. */
            x: number;
            /** @description Of the height, from the top. */
            y: number;
        };
        Links: {
            events: string;
            preview: string;
            result: string;
            self: string;
        };
        /** @description What the camera wrote (EXIF); null where it did not. A place is never given, only whether there is one. */
        Metadata: {
            /** @description Seconds. */
            exposure_time: number | null;
            f_number: number | null;
            /** @description Millimetres. */
            focal_length: number | null;
            /** @description Whether the file tells where it was taken. */
            has_gps: boolean;
            iso: number | null;
            lens: string | null;
            make: string | null;
            model: string | null;
            /** @description ISO 8601 by the camera's clock, with its offset where it has one. */
            taken_at: string | null;
        };
        Metering: {
            billed_ms: number;
            duration_ms: number;
            engine_calls: number;
            gb_seconds: number;
            init_ms: number;
            memory_mb: number;
        };
        /** @description A kind of content that some would not want to see. */
        ModerationLabel: {
            confidence: number;
            name: string;
        };
        /** @description `key` is shown this once. */
        NewApiKey: {
            created_at: string;
            expires_at: string | null;
            id: string;
            key: string;
            last_used_at: string | null;
            name: string;
            scopes: string[];
        };
        /** @description An empty object: all that is needed is elsewhere. */
        Nothing: Record<string, never>;
        ObjectiveState: {
            budget_left: number;
            holds: boolean;
            measured: number | null;
            name: string;
            service: string;
            target: number;
            unit: string;
            window: string;
        };
        /** @description `name` is for people. */
        OfferedProvider: {
            id: string;
            name: string;
        };
        /** @description `token`: what stands behind `#` in the link. */
        PasswordReset: {
            /** Format: password */
            password: string;
            token: string;
        };
        PasswordResetRequest: {
            email: string;
        };
        Point: {
            /** @description Of the width, from the left. */
            x: number;
            /** @description Of the height, from the top. */
            y: number;
        };
        /** @description Send the image there, with `headers` as they are, until `expires_at`. */
        PresignedUpload: {
            expires_at: string;
            headers: {
                [key: string]: string;
            };
            /** @constant */
            method: "PUT";
            upload_id: string;
            url: string;
        };
        /** @description RFC 9457. `errors` is there on 422, `trace_id` where the request's spans are recorded. */
        ProblemDetails: {
            detail: string;
            errors?: components["schemas"]["FieldError"][] | null;
            instance: string;
            request_id: string;
            status: number;
            title: string;
            trace_id?: string | null;
            type: string;
        };
        ProblemOperation: {
            method: string;
            operation_id: string;
            path: string;
        };
        /** @description A type of problem. `operations`: those that may answer it. */
        ProblemTypeDescription: {
            meaning: string;
            operations: components["schemas"]["ProblemOperation"][];
            remedy: string;
            status: number;
            title: string;
            type: string;
        };
        /** @description Where the browser is to go. */
        ProviderRedirect: {
            url: string;
        };
        /** @description What stands in the address that the provider has sent the browser back to (RFC 6749 §4.1.2, RFC 9207). */
        ProviderResponse: {
            code: string;
            iss?: string | null;
            state: string;
        };
        /** @description `provider`: its id in `GET /v1/sign-in-options`. */
        ProviderSignIn: {
            provider: string;
        };
        /** @description `edges`: how many were told. From then on they give nothing that was stored at these paths before. */
        Purge: {
            edges: number;
            paths: string[];
        };
        PurgeRequest: {
            /** @description Paths; `/docs/*` is all below a folder. */
            paths: string[];
        };
        Quality: {
            blurred: boolean;
            /** @description Mean, 0 is black. */
            brightness: number;
            /** @description Of the area: wholly black or wholly white. */
            clipped: number;
            /** @description Standard deviation of the brightness. */
            contrast: number;
            /** @description Of its sharpest parts, as variance of the Laplacian: below 100 it is blurred. */
            sharpness: number;
        };
        QueueList: {
            queues: components["schemas"]["QueueState"][];
        };
        /**
         * @description Messages: `waiting` for a worker, `in_flight` at one, `delayed` until a further attempt. `oldest_age_s`:
         *     seconds since the oldest that has not ended came or came back. `slots`: messages that its workers take at a
         *     time; `warm` and `busy` are their instances, `cold_starts` those that were started for a message.
         */
        QueueState: {
            busy: number;
            cold_starts: number;
            delayed: number;
            in_flight: number;
            name: string;
            oldest_age_s: number;
            slots: number;
            waiting: number;
            warm: number;
            workers: number;
        };
        Quota: {
            left: number;
            limit: number;
            reserved: number;
            resets_at: string;
            used: number;
        };
        /** @description Which versions made this of which file. */
        Receipt: {
            contracts: string;
            input_sha256: string;
            service: string;
        };
        /** @description What was found. Every key is there; "nothing found" is an empty list. */
        Result: {
            analysis_id: string;
            attempts: components["schemas"]["ResultAttempt"][];
            /** @description From top to bottom. */
            codes: components["schemas"]["Code"][];
            /** @description The largest area first. */
            colors: components["schemas"]["Color"][];
            engines: components["schemas"]["EngineEntry"][];
            faces: components["schemas"]["Face"][];
            hash: components["schemas"]["Hash"] | null;
            image: components["schemas"]["Image"];
            /** @description The surest first. */
            labels: components["schemas"]["Label"][];
            metadata: components["schemas"]["Metadata"] | null;
            moderation: components["schemas"]["ModerationLabel"][];
            quality: components["schemas"]["Quality"] | null;
            receipt: components["schemas"]["Receipt"];
            /** @description The analysis of the same file whose result this is. */
            reused_from?: string | null;
            /** @constant */
            schema_version: "1";
            /** @description In reading order. */
            text: components["schemas"]["TextLine"][];
        };
        /** @description One try at the analysis. */
        ResultAttempt: {
            /** @description Milliseconds, `init_ms` among them. */
            duration_ms: number;
            /** @description Milliseconds until the instance was ready; 0 for a warm one. */
            init_ms: number;
            /** @description MiB at the most. */
            max_memory_mb: number;
            number: number;
            /** @description `succeeded`, `reused`, or the code of the error. */
            outcome: string;
            /** @description RFC 3339, UTC. */
            started_at: string;
        };
        /**
         * @description A further attempt that is due. `attempt`: its number; `reason`: the error's code of the one before
         *     it, or "system-trouble".
         */
        Retry: {
            attempt: number;
            due_at: string;
            reason: string;
        };
        /** @description For how long the old key goes on, in seconds: at most a week. */
        Rotation: {
            /** @default 86400 */
            overlap_s?: number;
        };
        /**
         * @description `subject`: the id of the key or session that it is about. `count`: so many of its kind in that
         *     minute. `network`: where it came from, shortened to /24 or /48.
         */
        SecurityEvent: {
            count: number;
            id: string;
            kind: string;
            network: string | null;
            request_id: string;
            subject: string | null;
            time: string;
            user_agent: string | null;
        };
        SecurityEventPage: {
            items: components["schemas"]["SecurityEvent"][];
            next_cursor: string | null;
        };
        ServiceState: {
            name: string;
            /** @enum {string} */
            state: "ok" | "degraded" | "down";
            version: string;
        };
        /** @description `user_agent` as it was given at sign-in, shortened. `current`: the one that asks. */
        Session: {
            created_at: string;
            current: boolean;
            id: string;
            last_used_at: string;
            user_agent: string | null;
        };
        SessionPage: {
            items: components["schemas"]["Session"][];
            next_cursor: string | null;
        };
        /** @description As Tokens, whose refresh token is in a cookie. */
        SessionTokens: {
            access_token: string;
            expires_in: number;
            scope: string;
            /** @constant */
            token_type: "Bearer";
        };
        /** @description Whoever has an address sees that part, without an account. */
        Share: {
            created_at: string;
            expires_at: string;
            parts: ("preview" | "result" | "page")[];
            share_id: string;
            /** @description Of the page, else of the first part that is shown. */
            url: string;
            /** @description Of each part that is shown. */
            urls: {
                [key: string]: string;
            };
        };
        /** @description An analysis has 20 shares at the most, so that there is no second page. */
        SharePage: {
            items: components["schemas"]["Share"][];
            next_cursor?: string | null;
        };
        /** @description A page shows preview and result, so that it opens both. */
        ShareRequest: {
            /**
             * @description Seconds.
             * @default 604800
             */
            expires_in?: number;
            /**
             * @default [
             *       "page"
             *     ]
             */
            parts?: ("preview" | "result" | "page")[];
        };
        SignIn: {
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description What this system offers beside e-mail address and password. */
        SignInOptions: {
            email_verification: boolean;
            password_reset: boolean;
            /** @default [] */
            providers?: components["schemas"]["OfferedProvider"][];
        };
        SignUp: {
            display_name?: string | null;
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description `complete` is false while older pictures are still being looked through: ask again in some seconds. */
        SimilarAnalyses: {
            complete: boolean;
            items: components["schemas"]["SimilarAnalysis"][];
        };
        /**
         * @description `similarity`, 0 to 1, compares what a model sees in the two pictures: unrelated ones lie at 0.2 to 0.4, the same
         *     kind of thing at 0.7, the same scene at 0.99. Of a `near_duplicate` that no model has seen it is the share of equal
         *     bits of the perceptual hashes.
         */
        SimilarAnalysis: {
            analysis: components["schemas"]["Analysis"];
            near_duplicate: boolean;
            similarity: number;
        };
        /**
         * @description Bytes of uploaded images: `used` are kept, `reserved` are promised to presigned uploads that
         *     have not come yet.
         */
        Storage: {
            left: number;
            limit: number;
            reserved: number;
            used: number;
        };
        /**
         * @description What was found, in a few words: counts, and the first names. `explicit`: the confidence, null
         *     where moderation was not asked for; `width` and `height` in pixels.
         */
        Summary: {
            codes: number;
            colors: string[];
            explicit: number | null;
            faces: number;
            height: number | null;
            labels: string[];
            text_lines: number;
            width: number | null;
        };
        SystemStatus: {
            engines: components["schemas"]["EngineState"][];
            objectives: components["schemas"]["ObjectiveState"][];
            services: components["schemas"]["ServiceState"][];
        };
        TextLine: {
            box: components["schemas"]["Box"];
            confidence: number;
            /**
             * @default line
             * @constant
             */
            kind?: "line";
            /** @description Its corners in reading direction, from the upper left one on. */
            polygon: components["schemas"]["Point"][];
            text: string;
            /** @description From the line's beginning to its end. */
            words: components["schemas"]["Word"][];
        };
        /** @description RFC 6749 §5.1. */
        Tokens: {
            access_token: string;
            expires_in: number;
            refresh_token: string;
            scope: string;
            /** @constant */
            token_type: "Bearer";
        };
        /** @description `size` in bytes. The upload has to be of that type and size. */
        UploadRequest: {
            content_type: string;
            size: number;
        };
        /** @description An analysis of an image that was put into the store by a presigned upload. */
        UploadSubmission: {
            /**
             * @default auto
             * @enum {string}
             */
            engine?: "auto" | "local" | "clarifai" | "rekognition";
            /**
             * @description Keep so many labels at the most, the most certain ones.
             * @default null
             */
            max_labels?: number | null;
            /** @default {} */
            metadata?: {
                [key: string]: unknown;
            };
            /**
             * @description Leave out labels that are less certain, 0 to 1.
             * @default 0.5
             */
            min_confidence?: number;
            /**
             * @default [
             *       "faces",
             *       "colors",
             *       "quality",
             *       "hash",
             *       "metadata"
             *     ]
             */
            operations?: ("faces" | "text" | "labels" | "moderation" | "colors" | "quality" | "hash" | "codes" | "metadata")[];
            /**
             * @description Keep vendors' answers in `engines[].raw`, as they came.
             * @default false
             */
            raw_answers?: boolean;
            upload_id: string;
            /** @default null */
            webhook_url?: string | null;
        };
        /** @description An analysis of an image that has an address. */
        UrlSubmission: {
            /**
             * @default auto
             * @enum {string}
             */
            engine?: "auto" | "local" | "clarifai" | "rekognition";
            image_url: string;
            /**
             * @description Keep so many labels at the most, the most certain ones.
             * @default null
             */
            max_labels?: number | null;
            /** @default {} */
            metadata?: {
                [key: string]: unknown;
            };
            /**
             * @description Leave out labels that are less certain, 0 to 1.
             * @default 0.5
             */
            min_confidence?: number;
            /**
             * @default [
             *       "faces",
             *       "colors",
             *       "quality",
             *       "hash",
             *       "metadata"
             *     ]
             */
            operations?: ("faces" | "text" | "labels" | "moderation" | "colors" | "quality" | "hash" | "codes" | "metadata")[];
            /**
             * @description Keep vendors' answers in `engines[].raw`, as they came.
             * @default false
             */
            raw_answers?: boolean;
            /** @default null */
            webhook_url?: string | null;
        };
        /** @description `storage` is null while it cannot be told. */
        Usage: {
            line_items: components["schemas"]["UsageLine"][];
            month: string;
            next_cursor: string | null;
            quota: components["schemas"]["Quota"];
            storage: components["schemas"]["Storage"] | null;
            totals: components["schemas"]["UsageTotals"];
        };
        UsageLine: {
            amount: string;
            analysis_id: string;
            billed_ms: number;
            engine_calls: number;
            finished_at: string;
            gb_seconds: number;
            memory_mb: number;
        };
        UsageTotals: {
            amount: string;
            analyses: number;
            billed_ms: number;
            currency: string;
            engine_calls: number;
            gb_seconds: number;
        };
        /**
         * @description `monthly_quota`: null where it is everybody's. `email_verified`: whether the owner has proved by a mailed
         *     link that the address is theirs.
         */
        User: {
            created_at: string;
            display_name: string | null;
            email: string;
            /** @default false */
            email_verified?: boolean;
            id: string;
            monthly_budget?: string | null;
            monthly_quota?: number | null;
            scopes: string[];
            /** @default false */
            suspended?: boolean;
        };
        /** @description What an admin may change. `monthly_quota`: analyses, null for what everybody has. */
        UserChange: {
            monthly_quota?: number | null;
            /** @default false */
            suspended?: boolean;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            next_cursor: string | null;
        };
        Version: {
            commit: string;
            service: string;
            version: string;
        };
        /** @description As Standard Webhooks write it: `whsec_` and base64. */
        WebhookSecret: {
            secret: string;
        };
        Word: {
            box: components["schemas"]["Box"];
            confidence: number;
            /** @description Its corners in reading direction, from the upper left one on. */
            polygon: components["schemas"]["Point"][];
            text: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
